type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only with two types that are the same. */
export function same<A, B>(_are: Same<A, B>): void {}
