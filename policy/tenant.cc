#include "policy/tenant.h"
