import { Flags } from '@oclif/core';

/** What to show of each thing. */
export const fieldsFlag = {
  fields: Flags.string({ description: 'only these, such as id,status,error.code; "" names them', helpValue: 'a,b.c' }),
};
