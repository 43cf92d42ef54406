module constants
  implicit none
  integer, parameter :: cells = 5
  real, parameter :: rate = 0.25
end module constants
