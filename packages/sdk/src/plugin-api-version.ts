/** The version of what a plugin and a worker expect of each other. `cloudtask.apiVersion` in its package.json says it too. */
export const PLUGIN_API_VERSION = 1;
