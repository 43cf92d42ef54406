// Names of directories in pnpm's virtual store, `node_modules/.pnpm`.

/** Whether a directory is a `node_modules` within the virtual store, where packages have their dependencies beside them. */
export function isVirtualStore(holder: string): boolean {
  return holder.includes("node_modules/.pnpm/");
}
