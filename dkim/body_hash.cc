#include "dkim/body_hash.h"
