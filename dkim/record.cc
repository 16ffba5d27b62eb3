#include "dkim/record.h"
