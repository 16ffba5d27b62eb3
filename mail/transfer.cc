#include "mail/transfer.h"
