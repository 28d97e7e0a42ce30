/*
 * respond: an answer of the API as a response of libmicrohttpd.
 */
#ifndef NET_RESPOND_H
#define NET_RESPOND_H

#include <microhttpd.h>

#include "rtrd/serve/api.h"

/* Queue `answer` on the connection and take its body over.  What libmicrohttpd
 * wants to hear: MHD_NO closes the connection. */
enum MHD_Result respond(
	struct MHD_Connection *connection, struct api_answer *answer);

#endif
