#include "milter/session.h"
