// npm's own choice of the files that a package is published with. It comes without types of its own.

declare module "npm-packlist" {
  namespace packlist {
    /** What is looked at of arborist's node. */
    interface Tree {
      readonly path: string;
      readonly isProjectRoot: boolean;
      readonly edgesOut: ReadonlyMap<string, unknown>;
      readonly package: {
        readonly bin?: Readonly<Record<string, string>>;
        readonly browser?: string;
        readonly files?: readonly string[];
        readonly main?: string;
      };
    }
  }

  /** Files relative to the tree, without an order that means anything. */
  function packlist(tree: packlist.Tree): Promise<string[]>;

  export default packlist;
}
