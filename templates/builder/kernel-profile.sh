# What make-shell.sh must know of kbuild (docs/make.md, profiles). Sourced for each recipe line.
case $unravelTarget in
  __modpost | modules-only.symvers | Module.symvers)
    # modpost makes a file for each module without a rule that says so.
    ;;
esac
case $unravelCommand in
  *link-vmlinux.sh*)
    # Its first command is a make for one more object. The rest reads what is not there.
    unravelJudgement=make
    run() {
      (exec -a sh "$unravelShell" -c "$unravelCommand") || true
      touch -- vmlinux System.map
    }
    ;;
esac
