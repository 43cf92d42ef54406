/* The style sheet that is part of the program; its bytes are generated. */
#ifndef DEFAULT_CSS_H
#define DEFAULT_CSS_H

extern const char default_css[];

#endif
