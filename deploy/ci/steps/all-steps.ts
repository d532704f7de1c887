import type { Step } from '../step.ts';
import { brokers } from './brokers.ts';
import { composeConfigs } from './compose-config.ts';
import { dashboards } from './dashboards.ts';
import { dataKept } from './data-kept.ts';
import { deployTests } from './deploy-tests.ts';
import { dockerfile, imageBuild } from './image.ts';
import { imageConfined } from './image-confined.ts';
import { images } from './images.ts';
import { jobs } from './jobs.ts';
import { kustomize } from './kustomize.ts';
import { logs } from './logs.ts';
import { movedSeries } from './moved-series.ts';
import { originalExpressions } from './original-expressions.ts';
import { health, managementPage, metricNames } from './probes.ts';
import { production } from './production.ts';
import { project } from './project.ts';
import { targets } from './prometheus-targets.ts';
import { rules } from './rules.ts';
import { secondUp, stackUp } from './stack-up.ts';
import { takenDown } from './taken-down.ts';
import { traces } from './traces.ts';
import { workerDrained, workerKilled } from './worker-ends.ts';

/** In the order in which they run: those that look come before those that break something. */
export const allSteps: readonly Step[] = [
  ...composeConfigs,
  deployTests,
  ...rules,
  ...kustomize,
  images,
  dockerfile,
  project,
  imageBuild,
  imageConfined,
  stackUp,
  secondUp,
  health,
  jobs,
  managementPage,
  targets,
  movedSeries,
  originalExpressions,
  dashboards,
  metricNames,
  workerKilled,
  workerDrained,
  logs,
  dataKept,
  takenDown,
  production,
  traces,
  ...brokers,
];
