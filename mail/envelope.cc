#include "mail/envelope.h"
