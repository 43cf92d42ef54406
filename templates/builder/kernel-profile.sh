# What make-shell.sh must know of kbuild (docs/make.md, profiles). Sourced for each recipe line.
# shellcheck shell=bash disable=SC2034,SC2154
case $unravelCommand in
  *link-vmlinux.sh*)
    # Its first command is a make for one more object; the rest reads what is not there.
    unravelJudgement=try
    unravelAlso=(System.map)
    # A make behind it that works on what was linked is to be seen, though nothing was.
    [[ $unravelCommand != *Makefile.postlink* ]] || unravelTried=${unravelCommand//set -e;/}
    ;;
  *scripts/mod/modpost*' -T -'*)
    # It writes a source for each module, and one for what the kernel itself exports.
    unravelAlso=(.vmlinux.export.c)
    if [[ $unravelCommand == *' modules.order '* ]]; then
      while IFS= read -r module; do unravelAlso+=("${module%.ko}.mod.c"); done < modules.order
    fi
    ;;
  *'/genheaders '*'/flask.h '*) unravelAlso=("${unravelTarget%flask.h}av_permissions.h") ;;
  *checksyscalls.sh*) ;;
  # Headers that nearly every object reads, and that follow from tables and names alone. Made here, they are sources for
  # the steps: none of forty steps, each an input of thousands of others.
  *'echo "#include <asm-generic/'*'.h>" > '* | *syscallhdr.sh* | *syscalltbl.sh* | *syscallnr.sh*)
    unravelJudgement=keep
    ;;
  # Scripts that make headers out of tables and of what is configured: sub-makes look at some, and what includes them
  # can be planned when they are known.
  *scripts/setlocalversion* | *mkcompile_h* | *mkcapflags.sh* | *UTS_RELEASE* | \
    *'| bc -q '* | *'sed -ne'*' > '*.h*)
    [[ $unravelJudgement == make ]] || unravelJudgement=run
    ;;
esac
