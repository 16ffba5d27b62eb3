#include "mail/message.h"
