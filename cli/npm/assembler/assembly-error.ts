// What goes wrong while packages are laid out, and how people are told.

/** What stops the assembly: shown as it is, without a stack. */
export class AssemblyError extends Error {
  override readonly name = "AssemblyError";
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Writes a message for people. */
export type Say = (message: string) => void;
