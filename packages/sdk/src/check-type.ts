/** Throws a TypeError when it is no name of a type. */
export function checkType(type: unknown): void {
  if (typeof type === 'string' && TYPE_FORM.test(type)) return;
  throw new TypeError(
    `${JSON.stringify(type)} is no job type: use letters, digits and . _ - : (at most 100 characters)`,
  );
}

const TYPE_FORM = /^[A-Za-z0-9._:-]{1,100}$/;
