import type {
  DeclarationReflection,
  ParameterReflection,
  SignatureReflection,
  SomeType,
  TypeParameterReflection,
} from 'typedoc';

const MOST_CHARACTERS = 100;

/** A call, as it would be declared; over several lines where it is long. */
export function signatureText(name: string, signature: SignatureReflection): string {
  const before = `${name}${typeParametersText(signature.typeParameters)}`;
  const parameters = (signature.parameters ?? []).map(parameterText);
  // A constructor's type is what it makes.
  const after = name.startsWith('new ') ? ';' : `: ${typeText(signature.type)};`;
  const line = `${before}(${parameters.join(', ')})${after}`;
  if (line.length <= MOST_CHARACTERS || parameters.length === 0) return line;
  return `${before}(\n${parameters.map((each) => `  ${each},\n`).join('')})${after}`;
}

/** A member that holds a value: `readonly url?: string`. */
export function propertyText(property: DeclarationReflection): string {
  const { name, flags } = property;
  const type = property.getSignature?.type ?? property.type;
  const isReadonly = flags.isReadonly || (property.getSignature && !property.setSignature);
  return `${isReadonly ? 'readonly ' : ''}${name}${flags.isOptional ? '?' : ''}: ${typeText(type)}`;
}

/** `type Duration = number | …`, one member of a long union per line. */
export function aliasText({ name, typeParameters, type }: DeclarationReflection): string {
  const before = `type ${name}${typeParametersText(typeParameters)} =`;
  const line = `${before} ${typeText(type)};`;
  if (line.length <= MOST_CHARACTERS || type?.type !== 'union') return line;
  return `${before}\n${type.types.map((each) => `  | ${typeText(each)}`).join('\n')};`;
}

/** `interface CreateOptions extends RequestOptions`. */
export function headText(keyword: string, { name, typeParameters, extendedTypes = [] }: DeclarationReflection): string {
  const above = extendedTypes.length === 0 ? '' : ` extends ${extendedTypes.map(typeText).join(', ')}`;
  return `${keyword} ${name}${typeParametersText(typeParameters)}${above}`;
}

function typeParametersText(parameters: readonly TypeParameterReflection[] = []): string {
  if (parameters.length === 0) return '';
  const texts = parameters.map(typeParameterText);
  const line = `<${texts.join(', ')}>`;
  return line.length <= MOST_CHARACTERS ? line : `<\n${texts.map((each) => `  ${each},\n`).join('')}>`;
}

function typeParameterText({ name, flags, type, default: fallback }: TypeParameterReflection): string {
  return `${flags.isConst ? 'const ' : ''}${name}${type ? ` extends ${typeText(type)}` : ''}${fallback ? ` = ${typeText(fallback)}` : ''}`;
}

function parameterText({ name, flags, type, defaultValue }: ParameterReflection): string {
  // Parameters that are taken apart in place have no name of their own.
  const called = name === '__namedParameters' ? 'options' : name;
  const isOptional = flags.isOptional || defaultValue !== undefined;
  return `${flags.isRest ? '...' : ''}${called}${isOptional ? '?' : ''}: ${typeText(type)}`;
}

/** As it was written, as far as that is known: arguments that the compiler has filled in are left out. */
function typeText(type: SomeType | undefined): string {
  return String(type)
    .replaceAll('JobDefinition<string, unknown, unknown, unknown>', 'JobDefinition')
    .replaceAll('Handler<JobDefinition, Readonly<Record<string, unknown>>>', 'Handler')
    .replaceAll('Schema<unknown, unknown>', 'Schema')
    .replaceAll(', any, any>', '>');
}
