/*
 * manual: the page of the configuration file, rtrd.conf(5), from the table of
 * options.
 */
#ifndef KEEP_MANUAL_H
#define KEEP_MANUAL_H

/* Print the page (roff man) to stdout.  Always the same text. */
void manual_print_config(void);

#endif
