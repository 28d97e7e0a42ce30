/*
 * process: what the kernel knows of our own process.
 */
#ifndef NET_PROCESS_H
#define NET_PROCESS_H

#include "rtrd/serve/metrics.h"

/* Read memory and descriptors from /proc; -1 for what cannot be read. */
void process_read(struct process_facts *out);

#endif
