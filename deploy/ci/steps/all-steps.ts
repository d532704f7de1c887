import type { Step } from '../step.ts';
import { composeConfigs } from './compose-config.ts';
import { deployTests } from './deploy-tests.ts';
import { dockerfile, imageBuild } from './image.ts';
import { imageConfined } from './image-confined.ts';
import { images } from './images.ts';
import { project } from './project.ts';
import { secondUp, stackUp } from './stack-up.ts';

/** In the order in which they run: those that break something come after those that look. */
export const allSteps: readonly Step[] = [
  ...composeConfigs,
  deployTests,
  images,
  dockerfile,
  project,
  imageBuild,
  imageConfined,
  stackUp,
  secondUp,
];
