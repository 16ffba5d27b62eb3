#include "dkim/sign.h"
