# One store path out of Debian packages, unpacked and made to run from the store
# (tree.sh). A plain input-addressed derivation: the same .deb files give the same
# path and, since nothing in it depends on the machine, the same contents.
{
  system,
  # a folder with bin/bash and bin/busybox, both static
  bootstrap,
  # .deb files that give patchelf and xz with the libraries they load
  bootstrapDebs,
}:
{
  name,
  # the .deb files to unpack
  debs ? [ ],
  # a folder to lay over usr/
  files ? "",
  # trees whose libraries this one loads; the one with a libc gives the loader
  deps ? [ ],
  # trees with interpreters for the scripts of this one, beyond deps
  interpreters ? [ ],
  # a bash file, sourced last with the working directory in $out
  finish ? "",
}:
derivation {
  inherit
    name
    system
    bootstrap
    bootstrapDebs
    debs
    files
    deps
    interpreters
    finish
    ;
  triplet = builtins.replaceStrings [ "-linux" ] [ "-linux-gnu" ] system;
  builder = "${bootstrap}/bin/bash";
  args = [ ./tree.sh ];
}
