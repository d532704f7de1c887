import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@cloudtask/core/logger';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { composeFolder } from './docker-compose.ts';

// Neither shipper can be had everywhere, so what their settings would do is worked out here.

interface Rule {
  source_labels: string[];
  regex?: string;
  target_label: string;
}

interface Shipper {
  scrape_configs: {
    relabel_configs: Rule[];
    pipeline_stages: { match: { selector: string; stages: Record<string, Record<string, unknown>>[] } }[];
  }[];
}

const promtail = (parse(read('promtail/config.yml')) as Shipper).scrape_configs[0];
const alloy = read('alloy/config.alloy');

describe('lines of a container', () => {
  it('get the labels that dashboards filter by', () => {
    expect(
      relabelled({
        __meta_docker_container_name: '/cloudtask-worker-1',
        __meta_docker_container_label_com_docker_compose_service: 'worker',
        __meta_docker_container_label_com_docker_compose_project: 'cloudtask',
        __meta_docker_container_log_stream: 'stderr',
        __meta_docker_container_id: '0e1f',
      }),
    ).toEqual({ container: 'cloudtask-worker-1', service: 'worker', project: 'cloudtask', stream: 'stderr' });
  });

  it('get a level as a label; what is different for each job stays beside the line', () => {
    expect(stage('labels')).toEqual({ level: null });
    expect(Object.keys(stage('structured_metadata'))).toEqual(['jobId', 'attempt', 'traceId']);
  });

  it('of our services have the fields that are looked for', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => lines.push(line) };
    createLogger({ service: 'cloudtask-worker', level: 'info', format: 'json', destination }).info(
      { jobId: 'j' },
      'done',
    );
    const line = JSON.parse(lines[0] ?? '') as Record<string, string>;
    expect(Object.values(stage('json')['expressions'] as object)).toEqual(
      expect.arrayContaining(['level', 'time', 'jobId']),
    );
    expect(line).toMatchObject({ level: 'info', jobId: 'j' });
    // RFC 3339, which is what `timestamp` is told to expect.
    expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(stage('timestamp')).toMatchObject({ source: 'time', format: 'RFC3339Nano' });
  });
});

describe('Alloy', () => {
  it('has the rules of Promtail', () => {
    const rules = [...alloy.matchAll(/rule \{([^}]*)\}/g)].map(([, body = '']) => ({
      source_labels: [/source_labels = \["(\w+)"\]/.exec(body)?.[1]],
      ...(body.includes('regex') && { regex: /regex\s+= "(.*)"/.exec(body)?.[1] }),
      target_label: /target_label\s+= "(\w+)"/.exec(body)?.[1],
    }));
    expect(rules).toEqual(promtail?.relabel_configs);
  });

  it('reads the same fields of the same services', () => {
    expect(alloy.replaceAll('\\"', '"')).toContain(`selector = "${promtail?.pipeline_stages[0]?.match.selector}"`);
    const expressions = stage('json')['expressions'] as Record<string, string>;
    const written = Object.entries(expressions).map(([name, source]) => `${name} = "${source}"`);
    expect(alloy).toContain(`expressions = {${written.join(', ')}}`);
    expect(alloy).toContain('values = {jobId = "", attempt = "", traceId = ""}');
    expect(alloy).toContain('values = {level = ""}');
  });
});

/** As Prometheus' relabelling does it: the whole value must match, and the first group is taken. */
function relabelled(meta: Record<string, string>): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const { source_labels, regex = '(.*)', target_label } of promtail?.relabel_configs ?? []) {
    const value = source_labels.map((label) => meta[label] ?? '').join(';');
    const match = new RegExp(`^(?:${regex})$`).exec(value);
    if (match?.[1]) labels[target_label] = match[1];
  }
  return labels;
}

function stage(name: string): Record<string, unknown> {
  const found = promtail?.pipeline_stages[0]?.match.stages.find((each) => name in each)?.[name];
  if (!found) throw new Error(`promtail/config.yml has no stage ${name}`);
  return found;
}

function read(file: string): string {
  return readFileSync(join(composeFolder, file), 'utf8');
}
