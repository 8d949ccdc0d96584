@0xb1f3a5c7d9e0f213;

interface Echo {
  ping @0 (payload :Data) -> (payload :Data);
}
