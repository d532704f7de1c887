import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { apiHealth } from './api-health.ts';
import { jobProcessing } from './job-processing.ts';
import { stores } from './stores.ts';

const dashboards = [apiHealth, jobProcessing, stores];

/** The dashboards as Grafana's provisioning reads them: name of the file and its text. */
export function renderDashboards(): { file: string; text: string }[] {
  return dashboards.map((build) => {
    const dashboard = numbered(build());
    return {
      file: `deploy/compose/grafana/dashboards/${dashboard.uid}.json`,
      text: `${JSON.stringify(dashboard, null, 2)}\n`,
    };
  });
}

/** The SDK leaves the ids of panels out, and Grafana's page dies of that. */
function numbered(dashboard: Dashboard): Dashboard {
  let id = 0;
  const panels = (dashboard.panels ?? []).map((panel) => ({ ...panel, id: ++id }));
  return { ...dashboard, panels };
}
