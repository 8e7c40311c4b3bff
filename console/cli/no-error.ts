/** In place of an error that nobody wrote down. */
export const noError = '(no error was written)'
