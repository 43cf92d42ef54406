declare module "pad" {
  function pad(text: string, width: number, fill?: string): string;
  export = pad;
}
