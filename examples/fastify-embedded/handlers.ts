import { createHandlers } from '@cloudtask/sdk';
import { sendInvoice } from './jobs.ts';

const { defineHandler } = createHandlers({
  services: {
    numbers: ({ onClose, log }) => {
      let last = 0;
      onClose(() => log.info('numbers given', { last }));
      return { next: () => `INV-${++last}` };
    },
  },
});

export const invoices = defineHandler(sendInvoice, ({ order }, { services, log }) => {
  log.info('an invoice is written', { order });
  return { number: services.numbers.next() };
});
