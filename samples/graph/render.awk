# One page: the first line is its title, blank lines end paragraphs.
NR == 1 { printf "<h1>%s</h1>\n", $0; print $0 > title; next }
/^$/ { if (open) print "</p>"; open = 0; next }
{ if (!open) printf "<p>"; open = 1; print }
END { if (open) print "</p>"; printf "<footer>%s words</footer>\n", words }
