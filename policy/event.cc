#include "policy/event.h"
