import { CloudTask, createHandlers } from '@cloudtask/sdk';
import { email } from '../jobs/email.ts';
import { welcome } from '../jobs/welcome.ts';

const { defineHandler } = createHandlers({
  services: {
    // In production: CLOUDTASK_URL and a CLOUDTASK_TOKEN with the scope jobs:write.
    cloudtask: ({ onClose }) => {
      const cloudtask = new CloudTask();
      onClose(() => cloudtask.close());
      return cloudtask;
    },
  },
});

export default defineHandler(welcome, async ({ to, name }, { job, services, signal }) => {
  const text = `Hello ${name},\n\nit is good to have you here.\n`;
  // A worker may die between this line and its report, and the job then runs again: the key makes it one mail all the same.
  const options = { idempotencyKey: `welcome-${job.id}`, signal };
  const mail = await services.cloudtask.jobs.create(email, { to, subject: `Welcome, ${name}`, text }, options);
  return { mailId: mail.id };
});
