/*
 * control: what rtrctl may ask, in one table.
 *
 *	-> {"command":"validity","prefix":"192.0.2.0/24","asn":"AS64496"}\n
 *	<- {"ok":true,"validated_route":{...},"generatedTime":"..."}\n
 *
 *	-> {"command":"vrps","asn":64496}\n
 *	<- {"ok":true,"list":"vrps"}\n
 *	<- {"asn":64496,...}\n ...             one row a line
 *	<- {"end":true,"rows":17}\n            without it, the answer was cut
 *
 *	<- {"ok":false,"error":"text","code":"usage"}\n
 *
 *	-> {"command":"refresh"}\n
 *	<- {"ok":true,"queued":false,"wait_for":8}\n    when `runs_ended` in the
 *	                              status is so many, that run has ended;
 *	                              `settles`: the same of fetching
 *
 *	-> {"command":"refresh","repo":"https://..."}\n
 *	<- {"ok":true,"repo":"https://...","tries":4}\n  when `tries` of the
 *	                              repository is so many, it was tried
 *
 * A command that is not in the table, a member that the command does not take,
 * or a value out of its form is an error that names it.
 *
 * Not here: the socket.
 */
#ifndef SERVE_CONTROL_H
#define SERVE_CONTROL_H

#include <stddef.h>

#include "rtrd/serve/body.h"
#include "rtrd/serve/view.h"
#include "waymark/span.h"

/* Answer one request, a line with or without its end.  NULL out of memory; the
 * caller frees the body. */
struct body *control_answer(
	const struct view *v, struct moment now, struct span line);

#endif
