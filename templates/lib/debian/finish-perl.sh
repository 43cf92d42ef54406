# Sourced by tree.sh for perl. Debian's perl has its module folders compiled in,
# so a small program in its place names this tree's folders first.
modules=
for dir in usr/share/perl/5* usr/share/perl5 usr/lib/"$triplet"/perl/5* usr/lib/"$triplet"/perl5/5* usr/lib/"$triplet"/perl-base; do
  if [[ -d $dir && ! -L $dir ]]; then modules+=:$out/$dir; fi
done
mv usr/bin/perl usr/lib/"$triplet"/perl/perl
cat >"$NIX_BUILD_TOP/perl.c" <<EOF
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  const char *modules = "${modules#:}", *given = getenv("PERL5LIB");
  (void)argc;
  if (given == NULL || *given == 0) {
    setenv("PERL5LIB", modules, 1);
  } else if (strstr(given, modules) == NULL) {
    char *both = malloc(strlen(given) + strlen(modules) + 2);
    if (both == NULL) return 127;
    sprintf(both, "%s:%s", given, modules);
    setenv("PERL5LIB", both, 1);
  }
  execv("$out/usr/lib/$triplet/perl/perl", argv);
  perror("perl");
  return 127;
}
EOF
PATH=$base/bin:$PATH gcc -O2 -o usr/bin/perl "$NIX_BUILD_TOP/perl.c"
