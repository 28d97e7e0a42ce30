/*
 * others: payloads that are no VRPs, over all threads: bound and counts.
 *
 *	findings.aspas  --> by customer --> too many providers: refused
 *	                                --> counted, once a customer
 *	findings.keys   --> counted, once each
 *
 * One object alone can't tell whether its customer has too many providers, as
 * they count over all of its ASPAs; and to leave out one of them would leave a
 * list that nobody signed.  So the customer goes as a whole, before anything
 * else is made of what was found.
 */
#ifndef RUN_OTHERS_H
#define RUN_OTHERS_H

#include <stddef.h>

#include "validator/chain/checker.h"

/* Refuse, in the findings of `count` checkers, all ASPAs of each customer with
 * more providers than the limits allow; then count router keys, customers and
 * providers by trust anchor.  0 or ERR_NOMEM. */
int others_settle(struct checker *const *checkers, size_t count);

#endif
