// Loaded before the command: a Node that says of itself to be older than it is.
Object.defineProperty(process.versions, 'node', { value: '20.11.1' });
Object.defineProperty(process, 'version', { value: 'v20.11.1' });
