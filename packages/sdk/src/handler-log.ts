/** Lines at four levels (`debug`, `info`, `warn`, `error`); `fields` is any object that JSON can hold. None of them waits or throws. */
export interface HandlerLog {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}
