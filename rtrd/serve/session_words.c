/*
 * session_words: what states, ends and refusals are called, in logs, metrics
 * and answers to operators.
 */
#include "rtrd/serve/session.h"

const char *
session_state_name(enum session_state state)
{
	switch (state) {
	case SESSION_FIRST:
		return "first";
	case SESSION_IDLE:
		return "idle";
	case SESSION_SENDING:
		return "sending";
	case SESSION_CLOSING:
		return "closing";
	case SESSION_CLOSED:
		return "closed";
	}
	return "unknown";
}

const char *
close_reason_name(enum close_reason reason)
{
	static const char *const words[CLOSE_REASONS] = {
#define CLOSE_WORD(name, word) [CLOSE_##name] = (word),
		CLOSE_TABLE(CLOSE_WORD)
#undef CLOSE_WORD
	};

	return reason < CLOSE_REASONS ? words[reason] : "unknown";
}

const char *
refusal_name(enum refusal refusal)
{
	static const char *const words[REFUSALS] = {
#define REFUSAL_WORD(name, word) [REFUSAL_##name] = (word),
		REFUSAL_TABLE(REFUSAL_WORD)
#undef REFUSAL_WORD
	};

	return refusal < REFUSALS ? words[refusal] : "unknown";
}
