// Written by `cloudtask types generate` from the types that the server knows. Do not change it by hand.
import type { JobDefinition, Schema } from '@cloudtask/sdk';

declare module '@cloudtask/sdk' {
  interface Register {
    jobs: {
      /** Sends a mail. */
      'email': JobDefinition<'email', Schema<{
        to: string | string[];
        subject: string;
        text?: string;
        html?: string;
        from?: string;
      }>, undefined, undefined>;
      /** Writes the bill of an order. */
      'order.bill': JobDefinition<'order.bill', Schema<{
        id: string;
        cents: number;
      }>, Schema<{
        number: string;
        total: string;
      }>, undefined>;
      /** Sleeps for at most 300 seconds. */
      'sleep': JobDefinition<'sleep', Schema<{
        seconds: number;
      }>, undefined, undefined>;
    };
  }
}
