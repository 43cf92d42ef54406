declare module "fs-ext" {
  export function flockSync(descriptor: number, kind: "ex" | "sh" | "un"): void;
}
