/** How many jobs may still be claimed; shared by all lanes of a worker, and counted down by them. */
export interface Quota {
  left: number;
}
