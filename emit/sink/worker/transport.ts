// The two ways to a Nix daemon: its socket, or a `nix-daemon --stdio` of our own. Which one follows from the
// environment, as for every Nix command.

import { spawn } from "node:child_process";
import { createConnection } from "node:net";
import type { Readable, Writable } from "node:stream";
import { type Diagnostic, InputError } from "../../../graph/diagnostic.ts";

export interface Transport {
  readonly fromDaemon: Readable;
  readonly toDaemon: Writable;
  /** For messages: which daemon this is. */
  readonly name: string;
  /** What the daemon printed besides, if that is seen here; asked for when it has ended. */
  readonly complaints: () => Promise<string>;
  /** Ends it at once; settles when nothing of it is left. */
  readonly close: () => Promise<void>;
}

export type DaemonAddress =
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "child"; readonly command: readonly string[] };

const graceMilliseconds = 2000;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The socket that Nix uses unless told otherwise. */
const usualSocket = "/nix/var/nix/daemon-socket/socket";

/** Which daemon `NIX_REMOTE` means. A store without a daemon is served by a child, which opens it itself. */
export function daemonAddress(environment: Environment): DaemonAddress {
  const remote = environment["NIX_REMOTE"] ?? "";
  const path = remote.startsWith("unix://") ? remote.slice("unix://".length).replace(/\?.*$/, "") : "";
  if (path !== "") return { kind: "socket", path };
  if (
    remote === "daemon" ||
    remote.startsWith("unix://") ||
    (remote === "" && environment["NIX_DAEMON_SOCKET_PATH"])
  ) {
    return { kind: "socket", path: environment["NIX_DAEMON_SOCKET_PATH"] ?? usualSocket };
  }
  return { kind: "child", command: ["nix-daemon", "--stdio"] };
}

export async function openTransport(address: DaemonAddress, environment: Environment): Promise<Transport> {
  return address.kind === "socket" ? connectSocket(address.path) : startChild(address.command, environment);
}

function connectSocket(path: string): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once("error", (error) => reject(notReachable(`the socket "${path}"`, error)));
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      const close = async (): Promise<void> => void socket.destroy();
      resolve({
        fromDaemon: socket,
        toDaemon: socket,
        name: `the daemon at "${path}"`,
        complaints: async () => "",
        close,
      });
    });
  });
}

function startChild(command: readonly string[], environment: Environment): Promise<Transport> {
  const [program = "nix-daemon", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...environment }, stdio: ["pipe", "pipe", "pipe"] });
    let complaints = "";
    child.stderr.setEncoding("latin1").on("data", (text: string) => {
      complaints = (complaints + text).slice(-2000);
    });
    child.once("error", (error) => reject(notReachable(`the program "${program}"`, error)));
    child.once("spawn", () => {
      const closed = new Promise<void>((done) => child.once("close", () => done()));
      const exited = new Promise<void>((done) => child.once("exit", () => done()));
      const close = async (): Promise<void> => {
        child.stdin.end();
        child.stdout.destroy();
        // The end of its input ends it; one that hangs must not outlive us.
        const timer = setTimeout(() => child.kill("SIGKILL"), graceMilliseconds);
        await exited;
        clearTimeout(timer);
      };
      // Its output may end before what it said has been read.
      const complain = async (): Promise<string> => {
        await Promise.race([closed, new Promise((done) => setTimeout(done, graceMilliseconds).unref())]);
        return complaints.trim();
      };
      const name = `"${command.join(" ")}"`;
      resolve({
        fromDaemon: child.stdout,
        toDaemon: child.stdin,
        name,
        complaints: complain,
        close,
      });
    });
  });
}

function notReachable(what: string, cause: NodeJS.ErrnoException): InputError {
  const why =
    cause.code === "ENOENT"
      ? "it does not exist"
      : cause.code === "ECONNREFUSED"
        ? "nobody listens"
        : cause.message;
  const diagnostic: Diagnostic = {
    code: "nix/missing",
    message: `no Nix daemon behind ${what}: ${why}`,
    hint: "install Nix 2.34 or newer, or set NIX_REMOTE to the store that is meant",
  };
  return new InputError([diagnostic], 3, { cause });
}
