export interface StandIn {
  /** The folder beside this file with its Dockerfile. */
  recipe: 'node' | 'postgres' | 'prometheus' | 'rabbitmq' | 'redis';
  /** The Debian suite whose packages have the wanted version. */
  suite: 'bookworm' | 'trixie' | 'sid';
  /** `--build-arg`s of the recipe. */
  args: Record<string, string>;
}

/** By what image an entry of compose.yaml or of the Dockerfile may be stood in for; the first that matches counts. */
const table: { image: RegExp; standIn: StandIn }[] = [
  { image: /^node:24\b/, standIn: { recipe: 'node', suite: 'trixie', args: {} } },
  { image: /^postgres:15\b/, standIn: { recipe: 'postgres', suite: 'bookworm', args: { MAJOR: '15' } } },
  { image: /^postgres:17\b/, standIn: { recipe: 'postgres', suite: 'trixie', args: { MAJOR: '17' } } },
  { image: /^postgres:18\b/, standIn: { recipe: 'postgres', suite: 'sid', args: { MAJOR: '18' } } },
  { image: /^redis:7\b/, standIn: { recipe: 'redis', suite: 'bookworm', args: {} } },
  { image: /^redis:8\b/, standIn: { recipe: 'redis', suite: 'trixie', args: {} } },
  { image: /^rabbitmq:3\.10\b/, standIn: { recipe: 'rabbitmq', suite: 'bookworm', args: {} } },
  { image: /^rabbitmq:4\.0\b/, standIn: { recipe: 'rabbitmq', suite: 'trixie', args: {} } },
  { image: /^rabbitmq:4\.3\b/, standIn: { recipe: 'rabbitmq', suite: 'sid', args: {} } },
  // Debian's newest is 3.5: the same major, whose configuration and queries are the same.
  { image: /^prom\/prometheus:v3\b/, standIn: { recipe: 'prometheus', suite: 'sid', args: {} } },
];

export function standInFor(image: string): StandIn | undefined {
  const name = image.replace(/^docker\.io\/(library\/)?/, '');
  return table.find((entry) => entry.image.test(name))?.standIn;
}
