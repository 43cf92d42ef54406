// GNU getopt: clustered short options, abbreviated long ones, options after operands. Tools and the program itself
// read their arguments with it, so that a command line written for ninja means the same here.

export interface OptionSpec {
  /** As for getopt(3): "hs", "d:h0". */
  readonly short: string;
  readonly long?: ReadonlyMap<string, LongOption>;
}

export interface LongOption {
  /** What the option is reported as. */
  readonly key: string;
  readonly takesArgument?: true;
}

export interface GivenOption {
  /** The short letter, or the key of a long option; "?" for one that is wrong, with the complaint. */
  readonly key: string;
  readonly argument: string;
  readonly complaint?: string;
}

/** One pass over some arguments, option by option. */
export class OptionReader {
  readonly #args: readonly string[];
  readonly #spec: OptionSpec;
  /** Named in complaints. */
  readonly #program: string;
  readonly #stopsAtOperand: boolean;
  readonly #operands: string[] = [];
  #next = 0;
  /** Place in a cluster of short options. */
  #inside = 0;

  constructor(args: readonly string[], spec: OptionSpec, program: string, stopsAtOperand = false) {
    this.#args = args;
    this.#spec = spec;
    this.#program = program;
    this.#stopsAtOperand = stopsAtOperand;
  }

  /** The next option; `undefined` when only operands are left. */
  read(): GivenOption | undefined {
    if (this.#inside > 0) return this.#readShort();
    for (; this.#next < this.#args.length; this.#next++) {
      const arg = this.#args[this.#next] ?? "";
      if (arg === "--") {
        this.#operands.push(...this.#args.slice(this.#next + 1));
        this.#next = this.#args.length;
        return undefined;
      }
      if (arg.startsWith("--") && this.#spec.long !== undefined) return this.#readLong(arg.slice(2));
      if (arg.length > 1 && arg.startsWith("-")) {
        this.#inside = 1;
        return this.#readShort();
      }
      if (this.#stopsAtOperand) {
        this.#operands.push(...this.#args.slice(this.#next));
        this.#next = this.#args.length;
        return undefined;
      }
      this.#operands.push(arg);
    }
    return undefined;
  }

  /** After the last option: what is left, in order. */
  operands(): readonly string[] {
    return this.#operands;
  }

  /** After any option: what was not looked at. Operands before it are not part of it, as in getopt's `optind`. */
  rest(): readonly string[] {
    return this.#args.slice(this.#next);
  }

  #readShort(): GivenOption {
    const arg = this.#args[this.#next] ?? "";
    const letter = arg.charAt(this.#inside++);
    const isLast = this.#inside >= arg.length;
    const at = letter === ":" ? -1 : this.#spec.short.indexOf(letter);
    if (at < 0 || this.#spec.short.charAt(at + 1) !== ":") {
      if (isLast) this.#nextArgument();
      return at < 0 ? this.#wrong(`invalid option -- '${letter}'`) : { key: letter, argument: "" };
    }
    if (!isLast) {
      const argument = arg.slice(this.#inside);
      this.#nextArgument();
      return { key: letter, argument };
    }
    this.#nextArgument();
    const argument = this.#args[this.#next];
    if (argument === undefined) return this.#wrong(`option requires an argument -- '${letter}'`);
    this.#next++;
    return { key: letter, argument };
  }

  #nextArgument(): void {
    this.#inside = 0;
    this.#next++;
  }

  #readLong(text: string): GivenOption {
    this.#next++;
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const long = this.#spec.long ?? new Map<string, LongOption>();
    const names = long.has(name) ? [name] : [...long.keys()].filter((known) => known.startsWith(name));
    const [full, ...others] = names;
    const option = full === undefined ? undefined : long.get(full);
    if (full === undefined || option === undefined) return this.#wrong(`unrecognized option '--${text}'`);
    if (others.some((other) => long.get(other)?.key !== option.key)) {
      const possibilities = names.map((known) => `'--${known}'`).join(" ");
      return this.#wrong(`option '--${text}' is ambiguous; possibilities: ${possibilities}`);
    }
    if (option.takesArgument !== true) {
      if (equals >= 0) return this.#wrong(`option '--${full}' doesn't allow an argument`);
      return { key: option.key, argument: "" };
    }
    if (equals >= 0) return { key: option.key, argument: text.slice(equals + 1) };
    const argument = this.#args[this.#next];
    if (argument === undefined) return this.#wrong(`option '--${full}' requires an argument`);
    this.#next++;
    return { key: option.key, argument };
  }

  #wrong(what: string): GivenOption {
    return { key: "?", argument: "", complaint: `${this.#program}: ${what}\n` };
  }
}
