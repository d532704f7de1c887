import { isJsonSchema, type Schema } from '@cloudtask/sdk/schema';
import { describeIssues } from './check-with-schema.ts';
import { compileJsonSchema } from './compile-json-schema.ts';
import { HandlersRefused } from './found-handler.ts';

/** What the plugin's schema makes of its options. Without a schema they are taken as they are. */
export async function checkPluginOptions(schema: Schema | undefined, options: object, name: string): Promise<unknown> {
  if (!schema) return options;
  const checked = await (isJsonSchema(schema) ? compileJsonSchema(schema) : schema)['~standard'].validate(options);
  if (!checked.issues) return checked.value;
  throw new HandlersRefused(
    `the options of the plugin ${name} are refused: ${describeIssues(checked.issues)} – give them in cloudtask.config.ts: ` +
      `['${name}', { … }]`,
  );
}
