// Where the two drivers would give different JavaScript for the same column, these parsers decide. Keys are type OIDs.
export const columnParsers: Readonly<Record<number, (text: string) => unknown>> = {
  20: Number, // int8: a string or a bigint otherwise
  1082: (text) => new Date(`${text}T00:00:00Z`), // date: midnight of the local zone otherwise
  1186: (text) => text, // interval: an object otherwise
};

/** The arrays of the types above, for a driver that does not derive them: array OID to element OID. */
export const columnArrays: Readonly<Record<number, number>> = { 1016: 20, 1182: 1082, 1187: 1186 };
