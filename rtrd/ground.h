/*
 * ground: what the system lets this process have.
 */
#ifndef RTRD_GROUND_H
#define RTRD_GROUND_H

/* Take as many descriptors as may be had, and see whether they and the memory
 * are enough to serve anybody.  0, or ERR_LIMIT with `why`. */
int ground_check(char why[256]);

#endif
