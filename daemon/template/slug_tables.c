/* Made by daemon/template/slug-tables: what Tera 1.20 makes of each character; not edited by hand.
 */
/* clang-format off */
#include "daemon/template/slug_priv.h"

const struct slug_chunk slug_chunks[] = {
	{ 0x80, 0,
	  "                                - - c- ps - y- - ss - -c- a - -  -r- - deg - 2 3"
	  " - u p - - 1 o - 1-4 1-2 3-4 -" },
	{ 0xc0, 0,
	  "a a a a a a ae c e e e e i i i i d n o o o o o x o u u u u y th ss a a a a a a a"
	  "e c e e e e i i i i d n o o o o o - o u u u u y th y" },
	{ 0x100, 0,
	  "a a a a a a c c c c c c c c d d d d e e e e e e e e e e g g g g g g g g h h h h "
	  "i i i i i i i i i i ij ij j j k k k l l l l l l l" },
	{ 0x140, 0,
	  "l l l n n n n n n -n ng ng o o o o o o oe oe r r r r r r s s s s s s s s t t t t"
	  " t t u u u u u u u u u u u u w w y y y z z z z z z s" },
	{ 0x180, 0,
	  "b b b b 6 6 o c c d d d d d 3 - e f f g g hv i i k k l l w n n o o o oi oi p p y"
	  "r 2 2 sh sh t t t t u u y v y y z z zh zh zh zh 2 5 5 ts w" },
	{ 0x1c0, 0,
	  "- - - - dz dz dz lj lj lj nj nj nj a a i i o o u u u u u u u u u u - a a a a ae "
	  "ae g g g g k k o o o o zh zh j dz dz dz g g hv w n n a a ae ae o o" },
	{ 0x200, 0,
	  "a a a a e e e e i i i i o o o o r r r r u u u u s s t t y y h h n d ou ou z z a "
	  "a e e o o o o o o o o y y l n t j db qp a c c l t s" },
	{ 0x240, 0,
	  "z - - b u - e e j j q q r r y y a a a b o c d d e - - e e e e j g g g g u y h h "
	  "i i i l l l lz w w m n n n o oe o f r r r r r r r" },
	{ 0x280, 0,
	  "r r s s j s s t t u u v - w y y z z z z - - - c - b e g h j k l q - - dz dz dz t"
	  "s ts tc fn ls lz ww - h h h h j r r r r w y - - - - - - -" },
	{ 0x2c0, 0,
	  "- - - - - v - v - - - - - - - - - - - - - v - - v - - - - - r x g l s x - 5 4 3 "
	  "2 1 - - v - - v - - - o - - - - - - - - - - - -" },
	{ 0x300, 0,
	  "                                                               " },
	{ 0x340, 0,
	  "                                   a e i o u c d h m r t v x h h s s - - w w - -"
	  " i s s- s- - j" },
	{ 0x380, 0,
	  "- - - - - - a - e e i - o - u o i a b g d e z e th i k l m n ks o p r - s t u ph"
	  " kh ps o i u a e e i u a b g d e z e th i k l m n x o" },
	{ 0x3c0, 0,
	  "p r s s t u ph kh ps o i u o u o - b th u u u ph p - q q st st w w q q sp sp sh "
	  "sh f f kh kh h h g g ch ch ti ti k r c j th e e sh sh s s s r- s s- s-" },
	{ 0x400, 0,
	  "ie io dj gj e dz i yi j lj nj tsh kj i u dzh a b v g d e zh z i i k l m n o p r "
	  "s t u f kh ts ch sh shch - y - e iu ia a b v g d e zh z i i k l m n o p" },
	{ 0x440, 0,
	  "r s t u f kh ts ch sh shch - y - e iu ia ie io dj gj ie dz i yi j lj nj tsh kj i"
	  " u dzh o o e e ie ie e e ie ie o o io io ks ks ps ps f f y y y y u u o o o o ot "
	  "ot" },
	{ 0x480, 1,
	  "q= q= -1000 - = = = - -100-000 -1-000-000 jh= jh= - - r r g g g g g g zh zh z z "
	  "k k k k k k k k n n ng= ng= p p kh= kh= s s t t u= u= u u kh kh tts= tts= ch ch "
	  "ch ch h= h= ch= ch= ch ch" },
	{ 0x4c0, 0,
	  "- zh zh k- k- lh lh n- n- nh nh ch ch mh mh h a a a a ae ae ie ie - - - - zh zh "
	  "z z dz dz i i i i o o o o o o e e u u u u u u ch ch gh gh y y xh xh x x h h" },
	{ 0x500, 0,
	  "d d dj dj zj zj dz dz lj lj nj nj sj sj tj tj a a l l lkh lkh rkh rkh a a q q w "
	  "w q q l l n n ph ph - - ny ny dzh dzh dch dch l l - a b g d e z e e t- zh i l kh"
	  " ts k" },
	{ 0x540, 0,
	  "h dz gh ch m y n sh o ch- p j rh s v t r ts- w p- k- o f - - - - - - - - - a a b"
	  " g d e z e e t- zh i l kh ts k h dz gh ch m y n sh o ch- p j rh s v t" },
	{ 0x580, 0,
	  "r ts- w p- k- o f ew h - - - - - - dram -                                - e a o"
	  " i e e a a o o u -  - " },
	{ 0x5c0, 0,
	  "- h  - - - - o - - - - - - - - - b g d h v z kh t y k k l m m n n s - p p ts ts "
	  "q r sh t - - - - yyy v oy i - - - - - - - - - - - - -" },
	{ 0x600, 0,
	  "- sn- - - sm- - cbrt 4rt r -0 -00 af - - - -       i     -  - - - y - a - w- - y"
	  "-  b - t th j h kh d dh r z s sh s d t z - g g g y i i" },
	{ 0x640, 0,
	  " f q k l m n h w - y an un in a u i w  a - - i  e e o e e o a u- 0 1 2 3 4 5 6 7"
	  " 8 9 - - - - b q a - - - e - -w -u -y tt tth b t t p th" },
	{ 0x680, 0,
	  "bh -h h ny dy h ch cch dd d d dt dh ddh d d d rr r r r r r r j r s s s s s t gh "
	  "f f f v f ph q q kh k k k ng k g g n g g g l l l l n n n n n h ch" },
	{ 0x6c0, 0,
	  "hy h h - w oe oe u yu yu w v y y y w e ny y y- - ae        - -           -     d"
	  " r 0 1 2 3 4 5 6 7 8 9 sh d gh - -m h" },
	{ 0x700, 0,
	  "- - - - - - - - - - - - - - - - - - b g g d d h w z h t t y yh k l m n s s - p p"
	  " s q r sh t bh gh dh a a a a a a e e e e i i u u u o" },
	{ 0x740, 0,
	  " - -   x q - - - - - - zh kh ph -y p p c ny p c ng c dd d r s ng ng g p v g g k "
	  "b mb n n n sl r z s j c s z j a aa i ii y o oo e ee ch s s g" },
	{ 0x780, 0,
	  "h sh n r b l k - v m f dh th l g ny s d z t y p j ch tt hh kh th z sh s d t z - "
	  "gh q w a aa i ee u oo e ey o oa  n - - - - - - - - - - - - - -" },
	{ 0x7c0, 0,
	  "0 1 2 3 4 5 6 7 8 9 a e i e u o o - n b p t j c d r rr s gb f k l n m ny n h w y"
	  " ny j c r        n  - - o - - - - - - - d t" },
	{ 0x800, 0,
	  "- b g d h w z h t y k l m n s - f s q r sh t - -   y y e e a a a a a a a a u u i"
	  " i i o   - - - - - - - - - - - - - - - - - -" },
	{ 0x840, 0,
	  "a b g d h u z h t i k l m n s - p s q r sh t d kd - -   - - - - n j n t n n bh r"
	  " l l s - - - - - - - - - - - - - - - - - - - - -" },
	{ 0x880, 0,
	  "- - - - u y y - - nj c th th g - - le pt - - - - - - - - - - - - a a b b c t vb "
	  "gb zl mv y ny r w y - dz ts kh u z n k q mb mp tt nr ny f q n ph th" },
	{ 0x8c0, 0,
	  "th ch kh gy ky n n l gr - - - - - - - - - - -               - e o ou e on oun en"
	  "       a u i u e a i o u e e un on o o " },
	{ 0x900, 0,
	  "m n n h a a aa i ii u uu r l en e e ai on o o au k kh g gh ng c ch j jh ny tt tt"
	  "h dd ddh nn t th d dh n nnn p ph b bh m y r rr l l lll v sh ss s h o o - - aa i" },
	{ 0x940, 0,
	  "ii u uu r rr en e e ai on o o au  e a aum - - - - e u u q khh ghh z dddh rh f yy"
	  " rr ll l ll - - 0 1 2 3 4 5 6 7 8 9 - - a o o a u u d zh y g j - d b" },
	{ 0x980, 0,
	  "- n n h - a aa i ii u uu r rr - - e ai - - o au k kh g gh ng c ch j jh ny tt tth"
	  " dd ddh nn t th d dh n - p ph b bh m y r - l - - - sh ss s h - - - - aa i" },
	{ 0x9c0, 0,
	  "ii u uu r rr - - e ai - - o au  t - - - - - - - - - - - - - rr rh - yy rr ll l l"
	  "l - - 0 1 2 3 4 5 6 7 8 9 r- r- rs rs 1- 2- 3- 4- -1-1- -16 - g m - - -" },
	{ 0xa00, 0,
	  "- m n h - a aa i ii u uu - - - - ee ai - - oo au k kh g gh ng c ch j jh ny tt tt"
	  "h dd ddh nn t th d dh n - p ph b bb m y r - l ll - v sh - s h - - - - aa i" },
	{ 0xa40, 0,
	  "ii u uu - - - - ee ai - - oo au  - - -  - - - - - - - khh ghh z rr - f - - - - -"
	  " - - 0 1 2 3 4 5 6 7 8 9 n h   g-e-o- y - - - - - - - - - -" },
	{ 0xa80, 0,
	  "- n n h - a aa i ii u uu r l en - e ai on - o au k kh g gh ng c ch j jh ny tt tt"
	  "h dd ddh nn t th d dh n - p ph b bh m ya r - l ll - v sh ss s h - - - - aa i" },
	{ 0xac0, 0,
	  "ii u uu r rr en - e ai on - o au  - - aum - - - - - - - - - - - - - - - rr l l l"
	  " - - 0 1 2 3 4 5 6 7 8 9 - r - - - - - - - zh    - - -" },
	{ 0xb00, 0,
	  "- n n h - a aa i ii u uu r l - - e ai - - o au k kh g gh ng c ch j jh ny tt tth "
	  "dd ddh nn t th d dh n - p ph b bh m y r - l ll - v sh ss s h - - - - aa i" },
	{ 0xb40, 0,
	  "ii u uu r r - - e ai - - o au  - - - - - - - - - - - - - - rr rh - yy rr ll l l "
	  "- - 0 1 2 3 4 5 6 7 8 9 - w 1 2 3 1 2 3 - - - - - - - -" },
	{ 0xb80, 0,
	  "- - n h - a aa i ii u uu - - - e ee ai - o oo au k - - - ng c - j - ny tt - - - "
	  "nn t - - - n nnn p - - - m y r rr l ll lll v s ss s h - - - - aa i" },
	{ 0xbc0, 0,
	  "ii u uu - - - e ee ai - o oo au  - - om - - - - - - - - - - - - - - - - - - - - "
	  "- 0 1 2 3 4 5 6 7 8 9 -10- -100- -1000- n m v - - - rs - - - - - -" },
	{ 0xc00, 0,
	  "m n n h m a aa i ii u uu r l - e ee ai - o oo au k kh g gh ng c ch j jh ny tt tt"
	  "h dd ddh nn t th d dh n - p ph b bh m y r rr l ll l v sh ss s h - - - - aa i" },
	{ 0xc40, 0,
	  "ii u uu r rr - e ee ai - o oo au  - - - - - - - - - - c z r - - n - - rr ll l l "
	  "- - 0 1 2 3 4 5 6 7 8 9 - - - - - - - - 0 1 2 3 1 2 3 t" },
	{ 0xc80, 0,
	  "m m n h - a aa i ii u uu r l - e ee ai - o oo au k kh g gh ng c ch j jh ny tt tt"
	  "h dd ddh nn t th d dh n - p ph b bh m y r rr l ll - v sh ss s h - - - - aa i" },
	{ 0xcc0, 0,
	  "ii u uu r rr - e ee ai - o oo au  - - - - - - - - - - - - - - - n lll - rr ll l "
	  "l - - 0 1 2 3 4 5 6 7 8 9 - h h m - - - - - - - - - - - -" },
	{ 0xd00, 0,
	  "m m n h m a aa i ii u uu r l - e ee ai - o oo au k kh g gh ng c ch j jh ny tt tt"
	  "h dd ddh nn t th d dh n n p ph b bh m y r rr l ll lll v sh ss s h t   - aa i" },
	{ 0xd40, 0,
	  "ii u uu r r - e ee ai  o oo au  r p - - - - m y l - 2 4 12 16 32 48 64 i rr ll l"
	  " l - - 0 1 2 3 4 5 6 7 8 9 10 100 1000 80 160 240 20 40 60 d n n r l l k" },
	{ 0xd80, 0,
	  "- m n h - a aa ae aae i ii u uu r rr l ll e ee ai o oo au - - - k kh g gh ng nng"
	  " c ch j jh ny jny nyj tt tth dd ddh nn nndd t th d dh n - nd p ph b bh m mb y r "
	  "- l - -" },
	{ 0xdc0, 0,
	  "v sh ss s h ll f - - -  - - - - aa ae aae i ii u - uu - r e ee ai o oo au l - - "
	  "- - - - 0 1 2 3 4 5 6 7 8 9 - - rr ll - - - - - - - - - - - -" },
	{ 0xe00, 0,
	  "- k kh kh kh kh kh ng cch ch ch ch ch y d t th th th n d t th th th n b p ph f p"
	  "h f ph m y r r l l w s s s h l - h - a a aa am i ii ue uue u uu - - - - - bh-" },
	{ 0xe40, 0,
	  "e ae o ai ai ao -       m  - 0 1 2 3 4 5 6 7 8 9 - - - - - - - - - - - - - - - -"
	  " - - - - - - - - - - - - - - - - - - - - - -" },
	{ 0xe80, 0,
	  "- k kh - kh - gh ng ch ch s - jh ny n t th d dh n d h th th dh n b p ph f ph f b"
	  "h m y r - l - w s s s h l - h - a a aa am i ii y yy u uu - o l ny - -" },
	{ 0xec0, 0,
	  "e ei o ay ai - - -      m - - 0 1 2 3 4 5 6 7 8 9 - - hn hm g gn - - - - - - - -"
	  " - - - - - - - - - - - - - - - - - - - - - - - -" },
	{ 0xf00, 0,
	  "aum - - - - - - - - - - - - - - - - -x- -xx- -x- - - - -   o oo ooo x xx ox 0 1 "
	  "2 3 4 5 6 7 8 9 -5 1-5 2-5 3-5 4-5 5-5 6-5 7-5 8-5 -5 - - - - - - - - - -  " },
	{ 0xf40, 0,
	  "k kh g gh ng c ch j - ny tt tth dd ddh nn t th d dh n p ph b bh m ts tsh dz dzh "
	  "w zh z - y r l sh ssh s h a kss r q r - - - - aa i ii u uu r rr l ll e ee o oo m"
	  " h" },
	{ 0xf80, 0,
	  "i ii m m  -   h h   h h h h k kh g gh ng c ch j - ny tt tth dd ddh nn t th d dh "
	  "n p ph b bh m ts tsh dz dzh w zh z - y r l sh ss s h a kss w y r - x -x-" },
	{ 0xfc0, 0,
	  "-o- -o- -o- -o- - -  - - - - - - - xo xxx - - - - - - - - - - - - - - - - - - - "
	  "- - - - - - - - - - - - - - - - - - - - - - - - - - - - -" },
	{ 0x1000, 0,
	  "k kh g gh ng c ch j jh ny nny tt tth dd ddh nn tt th d dh n p ph b bh m y r l w "
	  "s h ll a - i ii u uu e e o au a aa i ii u uu e ai i ao e n - -   y r v h ss" },
	{ 0x1040, 0,
	  "0 1 2 3 4 5 6 7 8 9 - - n- r- l- e- sh ss r rr l ll r rr l ll n jh b b n m l sh "
	  "o - - s pw o u - - - - - n yw ghw i o u e k kh g c z n d n ph f b" },
	{ 0x1080, 0,
	  "x h v a e e ai - - - - - -  f - 0 1 2 3 4 5 6 7 8 9 - - a ai 1 - a b g d e v z t"
	  "- i k l m n o p zh r s t u p- k- g- q sh ch- c- z- c ch x j" },
	{ 0x10c0, 0,
	  "h e y w xh oe - e - - - - - ae - - a b g d e v z t- i k l m n o p zh r s t u p- "
	  "k- g- q sh ch- c- z- c ch x j h e y w xh oe f e - g - - n ae - w" },
	{ 0x1e00, 0,
	  "a a b b b b b b c c d d d d d d d d d d e e e e e e e e e e f f g g h h h h h h "
	  "h h h h i i i i k k k k k k l l l l l l l l m m" },
	{ 0x1e40, 0,
	  "m m m m n n n n n n n n o o o o o o o o p p p p r r r r r r r r s s s s s s s s "
	  "s s t t t t t t t t u u u u u u u u u u v v v v" },
	{ 0x1e80, 0,
	  "w w w w w w w w w w x x x x y y z z z z z z h t w y a s s s ss d a a a a a a a a"
	  " a a a a a a a a a a a a a a a a e e e e e e e e" },
	{ 0x1ec0, 0,
	  "e e e e e e e e i i i i o o o o o o o o o o o o o o o o o o o o o o o o u u u u "
	  "u u u u u u u u u u y y y y y y y y ll ll v v y y" },
	{ 0x1f00, 0,
	  "a a a a a a a a a a a a a a a a e e e e e e - - e e e e e e - - e e e e e e e e "
	  "e e e e e e e e i i i i i i i i i i i i i i i i" },
	{ 0x1f40, 0,
	  "o o o o o o - - o o o o o o - - u u u u u u u u - u - u - u - u o o o o o o o o "
	  "o o o o o o o o a a e e e e i i o o u u o o - -" },
	{ 0x1f80, 0,
	  "a a a a a a a a a a a a a a a a e e e e e e e e e e e e e e e e o o o o o o o o "
	  "o o o o o o o o a a a a a - a a a a a a a - i -" },
	{ 0x1fc0, 0,
	  "- - e e e - e e e e e e e - - - i i i i - - i i i i i i - - - - u u u u r r u u "
	  "u u u u r - - - - - o o o - o o o o o o o - - -" },
	{ 0x2000, 0,
	  "- - - - - - - - - - - -     - - - - - - - - - - - - - - - - - - - - - - - - - - "
	  "     - -0 -00 - - - - - - - - - - - - - -" },
	{ 0x2040, 0,
	  "- - - - - - - - - - 7 pp - - - - - - - - - - - - - - - - - - - -      -         "
	  "  0 i   4 5 6 7 8 9 - - - - - n" },
	{ 0x2080, 0,
	  "0 1 2 3 4 5 6 7 8 9 - - - - - - a e o x e h k l m n p s t - - - ecu cl cr ff l m"
	  "il n pts rs w ns d eur k t dr pf p g a hrn c lt sm t rs tl m manat rb lari btc" },
	{ 0x20c0, 0,
	  "som - - - - - - - - - - - - - - -                                  - - - - - - -"
	  " - - - - - - - -" },
	{ 0x2100, 0,
	  "a-c a-s c c cl c-o c-u e g f g h h h h h i i l l - n no -p- p p q r r r rx r sm "
	  "tel tm v z oz ohm mho z i k a b c e e e f f m o a b g d information-source- q fa"
	  "x p g g p" },
	{ 0x2140, 0,
	  "s g l l y d d e i j pl - p a-s f sh 1-7 1-9 1-10 -1-3- -2-3- -1-5- -2-5- -3-5- -"
	  "4-5- -1-6- -5-6- -1-8- -3-8- -5-8- -7-8- -1- i ii iii iv v vi vii viii ix x xi x"
	  "ii l c d m i ii iii iv v vi vii viii ix x xi xii l c d m" },
	{ 0x2180, 0,
	  "-d d- - - c 6 l - - 0-3 2 3 - - - - - - - - - - - - - - - - - - - - - - - - - - "
	  "- - - - - - - - - - - - - - - - - v - - v - - - - -" },
	{ 0x2200, 0,
	  "v c d e e 0 - d e e e e e e - p u s - - - - - - - - sqrt cbrt 4rt - inf l - - - "
	  "- - - - - v - v s s sss s ss sss s s s - - - - - - - - - - - -" },
	{ 0x2280, 0,
	  "- - - - - - - - - - - - v v v - - - - - v - - x - - o - - - - - x - - - - - - - "
	  "- - - - - - - - - - - - - - - - - - t v - v - -" },
	{ 0x22c0, 0,
	  "- v - v - - - - - - - - - - v - - - - v - - - - - - - - - - - - - - - - - - - - "
	  "- - - - - - - - - - - - - - - - - - - - - - - e" },
	{ 0x2300, 0,
	  "0 - - - v - - - - - - - - - - - - - - - - - - - - - watch- hourglass- - - - - - "
	  "- - - - - - x keyboard- - - - - - - - - - - - - - i - - - - - - - - -" },
	{ 0x2340, 0,
	  "- - - - - - - - - 0 - - v - - - - - - - - - v v - - - - - - - - - - - - - - - - "
	  "- - - - 0 - - - - v - i r o a e i o a nak - - - -" },
	{ 0x2380, 0,
	  "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
	  "- - - - - - - - - - s s - - - - - - - - - - - -" },
	{ 0x23c0, 0,
	  "- - - - - - - - - - - - - - - eject- - - - - - - - 3 4 5 - - - - - - - - - - - -"
	  " - - e fast-forward- rewind- arrow-double-up- arrow-double-down- track-next- tra"
	  "ck-previous- play-pause- alarm-clock- stopwatch- timer- hourglass-flowing-sand- "
	  "- - - v pause-button- stop-button- record-button- power- power- on- sleep- -" },
	{ 0x2400, 0,
	  "nul soh stx etx eot enq ack bel bs ht lf vt ff cr so si dle dc1 dc2 dc3 dc4 nak "
	  "syn etb can em sub esc fs gs rs us sp del b - nl - - - - - - - - - - - - - - - -"
	  " - - - - - - - - - - -" },
	{ 0x2440, 0,
	  "- - - - - -  - - - - - - - - - - - - - - - - - - - - - - - - - 1 2 3 4 5 6 7 8 9"
	  " 10 11 12 13 14 15 16 17 18 19 20 -1- -2- -3- -4- -5- -6- -7- -8- -9- -10- -11- "
	  "-12-" },
	{ 0x2480, 1,
	  "-13 -14 -15 -16 -17 -18 -19 -20 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 "
	  "20 -a -b -c -d -e -f -g -h -i -j -k -l -m -n -o -p -q -r -s -t -u -v -w -x -y -z"
	  " a= b= c= d= e= f= g= h= i= j=" },
	{ 0x24c0, 0,
	  "k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x "
	  "y z 0 11 12 13 14 15 16 17 18 19 20 1 2 3 4 5 6 7 8 9 10 0" },
	{ 0x2540, 0,
	  "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
	  "- - - - - - - - - - - x - - - - - - - - - - - -" },
	{ 0x2580, 0,
	  "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
	  "- - - - - - - - - - - - - - - - - - - - v v v v" },
	{ 0x25c0, 0,
	  "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
	  "- - - - - - - o - - - - o o o o - - - - - - - -" },
	{ 0x2600, 0,
	  "- cloud- umbrella- snowman- comet- - - - - - - - 0 180 telephone- telephone- - -"
	  "v- -x- x umbrella- coffee- w b shamrock- - - - - - - v skull-crossbones- - radio"
	  "active- biohazard- - - orthodox-cross- chr- - - star-and-crescent- farsi- - hamm"
	  "er-sickle- peace- yin-yang- heaven- dui li zhen xun kan gen earth- wheel-of-dhar"
	  "ma- - - - - - - mercury" },
	{ 0x2640, 1,
	  "female-sign earth= male-sign jupiter= saturn= uranus= neptune= pluto= aries taur"
	  "us gemini cancer leo virgo libra scorpius sagittarius capricorn aquarius pisces "
	  "white-king q= r= b= n= p= k= q= r= b= black-knight chess-pawn spades white-heart"
	  " white-diamond clubs white-spade hearts diamonds white-club hotsprings= - - - - "
	  "b= - - - - - -1 -2 -3 -4 -5 -6 -7 recycling recycle recycled-pap recycled-part-p"
	  "ap -inf wheelchair" },
	{ 0x2680, 0,
	  "1 2 3 4 5 6 - - - - yangyao yinyao taiyang shaoyin shaoyang taiyin white-flag- b"
	  "lack-flag- hammer-pick- anchor- crossed-swords- medical-symbol- scales- alembic-"
	  " - gear- staff-of-hermes- atom- fleur-de-lis- - - - warning- zap- doubled-female"
	  "-sign- - - - male-sign-with-stroke- transgender-symbol- vertical-male-sign-with-"
	  "stroke- male-sign-with-stroke-horizontal- white-circle- black-circle- o oo o-o o"
	  "-o coffin- urn neuter- - - - - - - - 30 150 sesquiquadrate- soccer- baseball- -k"
	  "ey-" },
	{ 0x26c0, 1,
	  "m= k= m= black-draughts-king snowman partly-sunny rain snowman thunder-cloud-rai"
	  "n turned-white-shogi-piece b= - x= disabled-car ophiuchus pick car-sliding helme"
	  "t-with-cross circled-crossing-lanes chains no-entry alternate-oneway-left-way-tr"
	  "affic - - - - - v= - x= - - - - uranus= - - - - - black-cross-shield shinto-shri"
	  "ne church castle - - - lighthouse mountain beach-umbrella fountain golf ferry bo"
	  "at - skier ice-skate basketballer tent jp-bank graveyard fuelpump cup -" },
	{ 0x2700, 0,
	  "- scissors- scissors- scissors- scissors- white-check-mark- - - airplane- envelo"
	  "pe- fist- hand- v- writing-hand- pencil- pencil2- pencil- nib- black-nib- ok che"
	  "ckmark- x x x x - - - - - - - - star-of-david- - - - - - - sparkles- - - - - - -"
	  " - - - - - - - - - - - - - - - - -" },
	{ 0x2740, 0,
	  "- - - - - - - - - - - - x- - negative-squared-cross-mark- - - - - - - - - - - - "
	  "- - - - - - - p - heart-exclamation- heart black-heart- - - - - - - - - - - - - "
	  "- - - - 1 2 3 4 5 6 7 8 9 10" },
	{ 0x2780, 0,
	  "1 2 3 4 5 6 7 8 9 10 1 2 3 4 5 6 7 8 9 10 - - - - - - - - - - - - - arrow-right-"
	  " - - - - - - - - - - - - - - curly-loop- - - - - - - - - - - - - - - loop-" },
	{ 0x27c0, 0,
	  "- - t - - - - v - - - - - - - v - - w - - - - - t t - - - - - - - - - - - - - - "
	  "- - - - - - - - - v - - - - - - - - - - - - - -" },
	{ 0x2800, 0,
	  "- a - b - k - l - c i f - m s p - e - h 9 o - r - d j g - n t q - - 5 - - u - v "
	  "- - - - - x - - - - - - 0 z 7 - - - w - - y - -" },
	{ 0x2840, 0,
	  "d7 a d27 b d37 k d237 l d47 c i f d347 m s p d57 e d257 h d357 o d2357 r d457 d "
	  "j g d3457 n t q d67 d167 d267 d1267 d367 u d2367 v d467 d1467 d2467 d12467 d3467"
	  " x d23467 d123467 d567 d1567 d2567 d12567 d3567 z d23567 d123567 d4567 d14567 w "
	  "d124567 d34567 y d234567 d1234567" },
	{ 0x2880, 0,
	  "d8 d18 d28 d128 d38 d138 d238 d1238 d48 d148 d248 d1248 d348 d1348 d2348 d12348 "
	  "d58 d158 d258 d1258 d358 d1358 d2358 d12358 d458 d1458 d2458 d12458 d3458 d13458"
	  " d23458 d123458 d68 d168 d268 d1268 d368 d1368 d2368 d12368 d468 d1468 d2468 d12"
	  "468 d3468 d13468 d23468 d123468 d568 d1568 d2568 d12568 d3568 d13568 d23568 d123"
	  "568 d4568 d14568 d24568 d124568 d34568 d134568 d234568 d1234568" },
	{ 0x28c0, 0,
	  "d78 d178 d278 d1278 d378 d1378 d2378 d12378 d478 d1478 d2478 d12478 d3478 d13478"
	  " d23478 d123478 d578 d1578 d2578 d12578 d3578 d13578 d23578 d123578 d4578 d14578"
	  " d24578 d124578 d34578 d134578 d234578 d1234578 d678 d1678 d2678 d12678 d3678 d1"
	  "3678 d23678 d123678 d4678 d14678 d24678 d124678 d34678 d134678 d234678 d1234678 "
	  "d5678 d15678 d25678 d125678 d35678 d135678 d235678 d1235678 d45678 d145678 d2456"
	  "78 d1245678 d345678 d1345678 d2345678 d12345678" },
	{ 0x2900, 0,
	  "- - - - - - - - v - - v - - - - - - - v - - - - - - - - - - - - - - - - - - - x "
	  "x x x x x x x x x x x - arrow-heading-up- arrow-heading-down- - - - - - - - - - "
	  "-" },
	{ 0x2940, 0,
	  "- - - - - - - - - - - - - - - - - - - - - v - - - v - - - v - - - v - - - v - - "
	  "- - - - - - - - - - - - - - - - - - - - - - v -" },
	{ 0x2980, 0,
	  "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
	  "- - - - - - - - 0 0 0 0 0 - - - - - - - - - - -" },
	{ 0x29c0, 0,
	  "- - - - - - - o - - - - - - - - - - - - - - - - - - - - - - - - - - e - - - - - "
	  "- - - - - - - - - - - - - - - - - - - - - - - -" },
	{ 0x2a00, 0,
	  "- - x - - - v m w x s s ssss s s s s s s s s s s s s s s s s - - - - - - - - - -"
	  " - - - - - - - - x x x x - -x x- x x - - - x - - - u" },
	{ 0x2a40, 0,
	  "- v v - - v x 0 x 0 w m v - - v - - v - v m w v - x - v - v - - - v v v - - - - "
	  "- - - - - - - - - - - - - - - - - - - - - - - -" },
	{ 0x2b00, 0,
	  "- - - - - - - v - - - - - - v - v - - - - - - - - - - black-large-square- white-"
	  "large-square- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
	  "- -" },
	{ 0x2b40, 0,
	  "- - - - - - - - - - - - - v - - - - - - - o- - - off- - - - - - - - - - - v - - "
	  "- - - - - - - v - - - - - v - - - - - - - - - v - -" },
	{ 0x2b80, 0,
	  "- - - - - - - v - - - v - - - v - - - - - - - a - - - v - - - v - - - - - - v v "
	  "- - - - - - v v - - - - - - v v - - - - - x x x" },
	{ 0x2bc0, 0,
	  "- - - - - - v - - neptune - v - - - - - - - pluto pluto pluto pluto - - - - - - "
	  "- - - cupido hades zeus kronos apollon admetos vulcanus poseidon - - - - - - - v"
	  " - - - v n q n2 100 d3 - - - - - - -" },
	{ 0x3000, 0,
	  "- - - - -jis- - - 0 - - - - - - - - - - - x- - - - - - - - - - - - - - 1 2 3 4 5"
	  " 6 7 8 9       - - - - - - - - -10- -20- -30- - masu part-alternation-mark- - -" },
	{ 0x3040, 0,
	  "- a a i i u u e e o o ka ga ki gi ku gu ke ge ko go sa za si zi su zu se ze so z"
	  "o ta da ti di tu tu du te de to do na ni nu ne no ha ba pa hi bi pi hu bu pu he "
	  "be pe ho bo po ma mi" },
	{ 0x3080, 0,
	  "mu me mo ya ya yu yu yo yo ra ri ru re ro wa wa wi we wo n vu ka ke - - - - - - "
	  "- - yori - a a i i u u e e o o ka ga ki gi ku gu ke ge ko go sa za si zi su zu s"
	  "e ze so zo ta" },
	{ 0x30c0, 0,
	  "da ti di tu tu du te de to do na ni nu ne no ha ba pa hi bi pi hu bu pu he be pe"
	  " ho bo po ma mi mu me mo ya ya yu yu yo yo ra ri ru re ro wa wa wi we wo n vu ka"
	  " ke va vi ve vo -  - - koto" },
	{ 0x3100, 0,
	  "- - - - - b p m f d t n l g k h j q x zh ch sh r z c s a o e eh ai ei au ou an e"
	  "n ang eng er i u iu v ng gn i e n - g gg gs n nj nh d dd r lg lm lb ls lt lp" },
	{ 0x3140, 0,
	  "rh m b bb bs s ss  j jj c k t p h a ae ya yae eo e yeo ye o wa wae oe yo u weo w"
	  "e wi yu eu yi i  nn nd ns nz lgs ld lbs lz lq mb ms mz mn bg bd bsg bst bj bt bn"
	  " bbn sg sn sd sb sj z" },
	{ 0x3180, 0,
	  " n ns nz pn hh q yo-ya yo-yae yo-i yu-yeo yu-ye yu-i u u-i - - re 1 2 3 4 a b c "
	  "i ii iii iv a b c bu zi ji gu ee enn oo onn ir ann inn unn im ngg ainn aunn am o"
	  "m ong innn p t k h v dl y k gw kw eu a" },
	{ 0x31c0, 0,
	  "t wg xg bxg sw hzz hzg hp hzwg szwg hzt hzzp hpwg hzw hzzz n h s p sp d hz hg sz"
	  " swz st sg pd pz tn szz swg hxwg hzzzg pg q - - - - - - - - - - - - ku shi su to"
	  " nu ha hi fu he ho mu ra ri ru re ro" },
	{ 0x3200, 1,
	  "-g -n -d -r -m -b -s - -j -c -k -t -p -h -ga -na -da -ra -ma -ba -sa -a -ja -ca "
	  "-ka -ta -pa -ha -ju -ojeon -ohu - -1 -2 -3 -4 -5 -6 -7 -8 -9 -10 -yue -huo -shui"
	  " -mu -jin -tu -ri -zhu -you -she -ming -te -cai -zhu -lao -dai -hu -xue -jian -q"
	  "i -zi -xie" },
	{ 0x3240, 0,
	  "-ji- -xiu- - - wen you wen zheng 10 20 30 40 50 60 70 80 pte 21 22 23 24 25 26 2"
	  "7 28 29 30 31 32 33 34 35 -g- -n- -d- -r- -m- -b- -s- - -j- -c- -k- -t- -p- -h- "
	  "-ga- -na- -da- -ra- -ma- -ba- -sa- -a- -ja- -ca- -ka- -ta- -pa- -ha- chamgo juui"
	  " u kis-" },
	{ 0x3280, 1,
	  "-1 -2 -3 -4 -5 -6 -7 -8 -9 -10 -yue -huo -shui -mu -jin -tu -ri -zhu -you -she -"
	  "ming -te -cai -zhu -lao -mi -nan -nu -shi -you -yin -zhu -xiang -xiu -xie -zheng"
	  " -shang -zhong -xia -zuo -you -yi -zong -xue -jian -qi -zi -xie -ye 36= 37= 38= "
	  "39= 40= 41= 42= 43= 44= 45= 46= 47= 48= 49= 50=" },
	{ 0x32c0, 0,
	  "1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 11m 12m hg erg ev ltd a i u u o ka ki ku ke ko sa"
	  " si su se so ta ti tu te to na ni nu ne no ha hi hu he ho ma mi mu me mo ya yu y"
	  "o ra ri ru re ro wa wi we wo reiwa" },
	{ 0x3300, 0,
	  "apartment alpha ampere are inning inch won escudo acre ounce ohm kai-ri carat ca"
	  "lorie gallon gamma giga guinea curie guilder kilo kilogram kilometer kilowatt gr"
	  "am gram-ton- cruzeiro krone case koruna co-op cycle centime shilling centi cent "
	  "dozen desi dollar ton nano knot heights percent parts barrel piaster picul pico "
	  "building farad feet bushel franc hectare peso pfennig hertz pence page beta poin"
	  "t volt hon" },
	{ 0x3340, 0,
	  "pound hall horn micro mile mach mark mansion micron milli millibar mega megaton "
	  "meter yard yard yuan liter lira rupee ruble rem roentgen watt 0h 1h 2h 3h 4h 5h "
	  "6h 7h 8h 9h 10h 11h 12h 13h 14h 15h 16h 17h 18h 19h 20h 21h 22h 23h 24h hpa da a"
	  "u bar ov pc dm dm2 dm3 iu heisei syouwa taisyou meiji inc-" },
	{ 0x3380, 0,
	  "pa na ua ma ka kb mb gb cal kcal pf nf microfarad microgram mg kg hz khz mhz ghz"
	  " thz microliter ml dl kl fm nm um mm cm km mm-2 cm-2 m-2 km-2 mm-4 cm-3 m-3 km-3"
	  " m-s m-s-2 pa kpa mpa gpa rad rad-s rad-s-2 ps ns microsecond ms pv nv microvolt"
	  " mv kv mv pw nw microwatt mw kw mw" },
	{ 0x33c0, 0,
	  "kohm mohm a-m- bq cc cd c-kg co- db gy ha hp in k-k- km kt lm ln log lx mb mil m"
	  "ol ph p-m- ppm pr sr sv wb v-m a-m 1d 2d 3d 4d 5d 6d 7d 8d 9d 10d 11d 12d 13d 14"
	  "d 15d 16d 17d 18d 19d 20d 21d 22d 23d 24d 25d 26d 27d 28d 29d 30d 31d gal" },
	{ 0x4e00, 1,
	  "yi ding kao qi shang xia han= mo zhang san shang xia ji bu yu mian gai chou chou"
	  " zhuan qie pi shi shi qiu bing ye cong dong si cheng diu qiu liang diu you liang"
	  " yan bing sang gun jiu ge ya qiang zhong ji jie feng guan chuan chan lin zhuo zh"
	  "u ha wan dan wei zhu jing li ju pie" },
	{ 0x4e40, 1,
	  "fu yi yi nai shime jiu jiu zhe me yi yi= zhi wu zha hu fa le zhong ping pang qia"
	  "o hu guai cheng cheng yi yin ya= mie jiu qi ye xi xiang gai diu hal hu= shu twul"
	  " shi ji nang jia kel shi mao= ol mai luan cal ru xue yan fu sha na gan sol el cw"
	  "ul zhe= gan chi" },
	{ 0x4e80, 1,
	  "gui gan luan lin yi jue liao ma yu zheng shi shi er chu yu yu yu yun hu qi wu ji"
	  "ng si sui gen gen ya xie ya qi ya ji tou wang kang ta jiao hai yi chan heng mu y"
	  "e= xiang jing ting liang xiang jing ye qin bo you xie dan lian duo wei ren ren j"
	  "i la wang yi" },
	{ 0x4ec0, 1,
	  "shen ren le ding ze jin pu chou ba zhang jin jie bing reng cong fo san lun sya c"
	  "ang zi shi ta zhang fu xian xian tuo hong tong ren qian gan yi di dai ling yi ch"
	  "ao chang sa chang= yi mu men ren jia chao yang qian zhong pi wan wu jian jia yao"
	  " feng cang ren wang fen di fang" },
	{ 0x4f00, 1,
	  "zhong qi pei yu diao dun wen yi xin kang yi ji ai wu ji fu fa xiu jin bei dan fu"
	  " tang zhong you huo hui yu cui chuan san wei chuan che ya xian shang chang lun c"
	  "ang xun xin wei zhu ze= xuan nu bo gu ni ni xie ban xu ling zhou shen qu si beng"
	  " si jia pi yi" },
	{ 0x4f40, 1,
	  "si ai zheng dian han mai dan zhu bu qu bi shao ci wei di zhu zuo you yang ti zha"
	  "n he bi tuo she yu yi fo zuo kou ning tong ni xuan qu yong wa qian shi= ka bao= "
	  "pei huai he lao xiang ge yang bai fa ming jia er bing ji hen huo gui quan tiao j"
	  "iao ci yi shi" },
	{ 0x4f80, 1,
	  "xing shen tuo kan zhi gai lai yi chi kua guang li yin shi mi zhu xu you an lu mo"
	  "u er lun tong cha chi xun gong zhou yi ru jian xia jia zai lu ko jiao zhen ce qi"
	  "ao kuai chai ning nong jin wu hou jiong cheng zhen zuo chou qin lu ju shu ting s"
	  "hen tuo bo nan hao bian" },
	{ 0x4fc0, 1,
	  "tui yu xi cu e qiu xu kuang ku wu jun yi fu lang zu qiao li yong hun jing xian s"
	  "an pai su fu xi li fu ping bao yu si xia xin xiu yu ti che chou zhi= yan lia li "
	  "lai si= jian xiu fu he ju xiao pai jian biao chu fei feng ya an bei yu xin bi ji"
	  "an" },
	{ 0x5000, 1,
	  "chang chi bing zan yao cui lia wan lai cang zong ge guan bei tian shu shu men da"
	  "o tan jue chui xing peng tang hou yi qi ti gan jing jie sui chang jie fang zhi k"
	  "ong juan zong ju qian ni lun zhuo wei luo song leng hun dong zi ben wu ju nai ca"
	  "i jian zhai ye zhi sha qing ning=" },
	{ 0x5040, 1,
	  "ying cheng jian yan nuan zhong chun jia jie wei yu bing ruo ti wei pian yan feng"
	  " tang wo e xie che sheng kan di zuo cha ting bei ye huang yao zhan chou yan you "
	  "jian xu zha ci fu bi zhi zong mian ji yi xie xun si duan ce zhen ou tou tou bei "
	  "za lu jie wei fen chang" },
	{ 0x5080, 1,
	  "gui sou zhi su xia fu yuan rong li ru yun gou ma bang dian tang hao jie xi shan "
	  "qian jue cang chu san bei xiao yong yao tan suo yang fa bing jia dai zai tang gu"
	  "= bin chu nuo can lei cui yong zao zong peng song ao chuan yu zhai cou shang qia"
	  "ng jing chi sha han zhang qing yan" },
	{ 0x50c0, 1,
	  "di xi lu bei piao jin lian lu man qian xian tan ying dong zhuan xiang shan qiao "
	  "jiong tui zun pu xi lao chang guang liao qi deng chan wei ji fan hui chuan jian "
	  "dan jiao jiu seng fen xian jue e jiao jian tong lin bo gu xian= su xian jiang mi"
	  "n ye jin jia qiao pi feng zhou ai sai" },
	{ 0x5100, 1,
	  "yi jun nong chan yi dang jing xuan kuai jian chu dan jiao sha zai can= bin an ru"
	  " tai chou chai lan ni jin qian meng wu ning qiong ni chang lie lei lu kuang bao "
	  "du biao zan zhi si you hao chen chen li teng wei long chu chan rang shu hui li l"
	  "uo zan nuo tang yan lei nang er" },
	{ 0x5140, 1,
	  "wu yun zan yuan xiong chong zhao xiong xian guang dui ke dui mian tu chang er du"
	  "i er xin tu si yan yan shi shi dang qian dou fen mao shen dou bai jing li huang "
	  "ru wang nei quan liang yu ba gong liu xi han= lan gong tian guan xing bing qi ju"
	  " dian zi ppwun yang jian shou ji yi" },
	{ 0x5180, 1,
	  "ji chan jiong mao ran nei yuan mao gang ran ce jiong ce zai gua jiong mao zhou m"
	  "ou gou xu mian mi rong yin xie kan jun nong yi mi shi guan meng zhong ju yuan mi"
	  "ng kou lam fu xie mi bing dong tai gang feng bing hu chong jue hu kuang ye leng "
	  "pan fu min dong xian lie xia jian" },
	{ 0x51c0, 1,
	  "jing shu mei tu qi gu zhun song jing liang qing diao ling dong gan jian yin cou "
	  "yi li cang ming zhuen cui si duo jin lin lin ning xi du ji fan fan fan feng ju c"
	  "hu tako feng mok ci fu feng ping feng kai huang kai gan deng ping qu xiong kuai "
	  "tu ao chu ji dang han han zao" },
	{ 0x5200, 1,
	  "dao diao dao ren ren chuang fen qie yi ji kan qian cun chu wen ji dan xing hua w"
	  "an jue li yue lie liu ze gang chuang fu chu qu ju shan min ling zhong pan bie ji"
	  "e jie bao li shan bie chan jing gua gen dao chuang kui ku duo er zhi shua quan c"
	  "ha ci ke jie gui ci gui" },
	{ 0x5240, 1,
	  "kai duo ji ti jing lou gen ze yuan cuo xue ke la qian cha chuang gua jian cuo li"
	  " ti fei pou chan qi chuang zi gang wan bo ji duo qing yan zhuo jian ji bo yan ju"
	  " huo sheng jian duo duan wu gua fu sheng jian ge zha kai chuang juan chan tuan l"
	  "u li fou shan piao kou jiao" },
	{ 0x5280, 1,
	  "gua qiao jue hua zha zhuo lian ju pi liu gui jiao gui jian jian tang huo ji jian"
	  " yi jian zhi chan cuan mo li zhu li ya quan ban gong jia wu mai lie jin keng xie"
	  " zhi dong zhu nu jie qu shao yi zhu miao li jing lao lao juan kou yang wa xiao m"
	  "ou kuang jie lie he shi" },
	{ 0x52c0, 1,
	  "ke jing hao bo min chi lang yong yong mian ke xun juan qing lu pou meng lai le k"
	  "ai mian dong xu xu kan wu yi xun weng sheng lao mu lu piao shi ji qin qiang jiao"
	  " quan yang yi jue fan juan tong ju dan xie mai xun xun lu li che rang quan bao s"
	  "hao yun jiu bao gou wu" },
	{ 0x5300, 1,
	  "yun mwun nay gai gai bao cong yi= xiong peng ju tao ge pu an pao fu gong da jiu "
	  "qiong bi hua bei nao chi fang jiu yi za jiang kang jiang kuang hu xia qu bian gu"
	  "i qie zang kuang fei hu tou gui gui hui dan gui lian lian suan du jiu qu xi pi q"
	  "u yi qia yan bian ni" },
	{ 0x5340, 1,
	  "qu shi xin qian nian sa zu sheng wu hui ban shi xi wan hua xie wan bei zu zhuo x"
	  "ie dan mai nan dan ji bo shuai bu kuang bian bu zhan qia lu you lu xi gua wo xie"
	  " jie jie wei ang qiong zhi mao yin wei shao ji que luan shi juan xie xu jin que "
	  "wu ji e qing" },
	{ 0x5380, 1,
	  "xi san= han zhan e ting li zhe han li ya ya yan she zhi zha pang ya= he ya zhi c"
	  "e pang ti li she hou ting zui cuo fei yuan ce yuan xiang yan li jue sha dian chu"
	  " jiu qin ao gui yan si li chang lan li yan yan yuan si gong lin qiu qu qu uk lei"
	  " du xian" },
	{ 0x53c0, 1,
	  "zhuan san can can can can ai dai you cha ji you shuang fan shou guai ba fa ruo s"
	  "hi shu zhuo qu shou bian xu jia pan sou gao wei sou die rui cong kou gu ju ling "
	  "gua tao kou zhi jiao zhao ba ding ke tai chi shi you qiu po xie hao si tan chi l"
	  "e diao ji liao= hong" },
	{ 0x5400, 1,
	  "mie xu mang chi ge xuan yao zi he ji diao cun tong ming hou li tu xiang zha xia "
	  "ye lu a ma ou xue yi jun chou lin tun yin fei bi qin qin jie bu fou ba dun fen e"
	  " han ting hang shun qi hong zhi shen wu wu chao ne xue xi chui dou wen hou ou wu"
	  " gao" },
	{ 0x5440, 1,
	  "ya jun lu e ge mei ai qi cheng wu gao fu jiao hong chi sheng ne tun fu yi dai ou"
	  " li bai yuan kuai wen= qiang wu e shi quan pen wen ni m ling ran you di zhou shi"
	  " zhou tie xi yi qi ping zi gu zi wei xu he nao xia pei yi xiao shen hu ming da q"
	  "u" },
	{ 0x5480, 1,
	  "ju gem za tuo duo pou pao bi fu yang he zha he hai jiu yong fu que zhou wa ka gu"
	  " ka zuo bu long dong ning tha si xian huo qi er e guang zha xi yi lie zi mie mi "
	  "zhi yao ji zhou ge shuai zan xiao ke hui kua huai tao xian e xuan xiu wai yan la"
	  "o yi" },
	{ 0x54c0, 1,
	  "ai pin shen tong hong xiong chi wa ha zai yu di pai xiang ai hen kuang ya da xia"
	  "o bi yue nian= hua sasou kuai duo fen= ji nong mou yo hao yuan long pou mang ge "
	  "e chi shao li na zu he ku xiao xian lao bo zhe zha liang ba mie le sui fou bu ha"
	  "n heng geng shuo ge" },
	{ 0x5500, 1,
	  "you yan gu gu bai han suo chun yi ai jia tu xian huan li xi tang zuo qiu che wu "
	  "zao ya dou qi di qin ma mal hong dou kes lao liang suo zao huan lang sha ji zuo "
	  "wo feng yin hu qi shou wei shua chang er li qiang an jie yo nian yu tian lai sha"
	  " xi tuo hu" },
	{ 0x5540, 1,
	  "ai zhou nou ken zhuo zhuo shang di heng lan a xiao xiang tun wu wen cui sha hu q"
	  "i qi tao dan dan ye zi bi cui chuo he ya qi zhe pei liang xian pi sha la ze qing"
	  " gua pa zhe se zhuan nie guo luo yan di quan tan bo ding lang xiao ju= tang chi "
	  "ti an jiu dan" },
	{ 0x5580, 1,
	  "ke yong wei nan shan yu zhe la jie hou han die zhou chai wai re yu yin zan yao w"
	  "o mian hu yun chuan hui huan huan xi he ji kui zhong wei sha xu huang du nie xua"
	  "n liang yu sang chi qiao yan dan pen can li yo zha wei miao ying pen phos kui xi"
	  " yu jie lou ku sao" },
	{ 0x55c0, 1,
	  "huo ti yao he a xiu qiang se yong su hong xie yi suo ma cha hai ke ta sang tian "
	  "ru sou wa ji pang wu xian shi ge zi jie luo weng wa si chi hao suo jia hai suo q"
	  "in nie he cis sai ng ge na dia ai qiang= tong bi ao ao lian cui zhe mo sou sou t"
	  "an" },
	{ 0x5600, 1,
	  "di qi jiao chong jiao kai tan san cao jia ai xiao piao lou ga gu xiao hu hui guo"
	  " ou xian ze chang xu po de ma ma hu lei du ga tang ye beng ying saai jiao mi xia"
	  "o hua mai ran zuo peng lao xiao ji zhu chao kui zui xiao si hao fu liao qiao xi "
	  "xiu tan tan mo" },
	{ 0x5640, 1,
	  "xun e zun fan chi hui zan chuang cu dan yu tun cheng jiao ye xi qi hao lian xu d"
	  "eng hui yin pu jue qin xun nie lu si yan ying da dan yu zhou jin nong yue hui qi"
	  " e zao yi shi jiao yuan ai yong jue kuai yu pen dao ge xin dun dang sin sai pi p"
	  "i yin zui" },
	{ 0x5680, 1,
	  "ning di lan ta huo ru hao xia ya duo xi chou ji jin hao ti chang xun= me= ca ti "
	  "lu hui bo you nie yin hu mo huang zhe li liu haai nang xiao mo yan li lu long fu"
	  " dan chen pin pi xiang huo mo xi duo ku yan chan ying rang dian la ta xiao jiao "
	  "chuo huan huo" },
	{ 0x56c0, 1,
	  "zhuan nie xiao ca li chan chai li yi luo nang zan su xi so jian za zhu lan nie n"
	  "ang lan= lo= wei hui yin qiu si nin jian hui xin yin nan tuan tuan dun kang yuan"
	  " jiong pian yun cong hu hui yuan you guo kun cong wei tu wei lun guo qun ri ling"
	  " gu guo tai guo tu you" },
	{ 0x5700, 1,
	  "guo yin hun pu yu han yuan lun quan yu qing guo chuan wei yuan quan ku fu yuan y"
	  "uan e tu tu tu tuan lue hui yi yuan luan luan tu ya tu ting sheng pu lu iri ya z"
	  "ai wei ge yu wu gui pi yi di qian qian zhen zhuo dang qia akutsu yama kuang chan"
	  "g qi nie mo ji jia" },
	{ 0x5740, 1,
	  "zhi zhi ban xun tou qin fen jun keng tun fang fen ben tan kan pi zuo keng bi xin"
	  "g di jing ji kuai di jing jian tan li ba wu fen zhui po pan tang kun qu tan zhi "
	  "tuo gan ping dian gua ni tai pi jiong yang fo ao liu qiu mu ke gou xue ba chi ch"
	  "e ling zhu fu" },
	{ 0x5780, 1,
	  "hu zhi chui la long long lu ao tay pao min= xing dong ji ke lu ci chi lei gai yi"
	  "n hou dui zhao fu guang yao duo duo gui cha yang yin fa gou yuan die xie ken jio"
	  "ng shou e ha dian hong wu kua da= tao dang kai gake nao an xing xian huan bang p"
	  "ei ba yi yin han xu" },
	{ 0x57c0, 1,
	  "chui cen geng ai peng fang que yong xun jia di mai lang xuan cheng yan jin zhe l"
	  "ei lie bu cheng gomi bu shi xun guo jiong ye nian di yu bu ya juan sui pi cheng "
	  "wan ju lun zheng kong chong dong dai tan an cai shu beng kan zhi duo yi zhi yi p"
	  "ei ji zhun qi sao ju ni" },
	{ 0x5800, 1,
	  "ku ke tang kun ni jian dui jin gang yu e peng gu tu leng fang= ya qian kun= an s"
	  "hen= duo nao tu cheng yin hun bi lian guo die zhuan hou bao bao yu di mao jie ru"
	  "an e geng kan zong yu huang e yao yan bao ji mei chang du tuo yin feng zhong jie"
	  " zhen feng gang chuan jian" },
	{ 0x5840, 1,
	  "pyeng toride xiang huang leng duan wan= xuan ji ji kuai ying ta cheng yong kai s"
	  "u su shi mi ta weng cheng tu tang que zhong li peng bang sai zang dui tian wu ch"
	  "eng xun ge zhen ai gong yan kan tian yuan wen xie liu ama lang chang peng beng c"
	  "hen cu lu ou qian mei mo zhuan shuang shu lou" },
	{ 0x5880, 1,
	  "chi man biao jing qi shu di zhang kan yong dian chen zhi xi guo qiang jin di sha"
	  "ng mu cui yan ta zeng qi qiang liang wei= zhui qiao zeng xu shan shan ba pu kuai"
	  " dong fan que mo dun dun dun di sheng duo duo tan deng wu fen huang tan da ye sh"
	  "o mama yu qiang ji qiao ken yi" },
	{ 0x58c0, 1,
	  "pi bi dian jiang ye yong bo tan lan ju huai dang rang qian xun lan xi he ai ya d"
	  "ao hao ruan mama lei kuang lu yan tan wei huai long long rui li lin rang ten xun"
	  " yan lei ba wan= shi ren san= zhuang zhuang sheng yi mai ke zhu zhuang hu hu kun"
	  " yi hu xu kun shou mang zun" },
	{ 0x5900, 1,
	  "shou yi zhi gu chu jiang feng bei cay bian sui qun ling fu zuo xia xiong xie= na"
	  "o xia kui xi wai yuan mao su duo duo ye qing uys gou gou qi meng meng yin huo ch"
	  "en da ze tian tai fu guai yao yang hang gao shi ben tai tou yan bi yi kua jia du"
	  "o kwu kuang yun jia pa" },
	{ 0x5940, 1,
	  "en lian huan di yan pao quan qi nai feng xie fen dian quan= kui zou huan qi kai "
	  "zha ben yi jiang tao zang ben xi xiang fei diao xun keng dian ao she weng pan ao"
	  " wu ao jiang lian duo yun jiang shi fen huo bi lian duo nu nu ding nai qian jian"
	  " ta jiu nan cha hao xian fan" },
	{ 0x5980, 1,
	  "ji shuo ru fei wang hong zhuang fu ma dan ren fu jing yan xie wen zhong pa du ji"
	  " keng zhong yao jin yun miao pei shi yue zhuang niu yan na xin fen bi yu tuo fen"
	  "g yuan fang wu yu gui du ba ni zhou zhuo zhao da nai yuan tou xuan zhi e mei mo "
	  "qi bi shen qie e" },
	{ 0x59c0, 1,
	  "he xu fa zheng min ban mu fu ling zi zi shi ran shan yang man jie gu si xing wei"
	  " zi ju shan pin ren yao tong jiang shu ji gai shang kuo juan jiao gou mu jian ji"
	  "an yi nian zhi ji ji xian heng guang jun kua yan ming lie pei yan you yan cha sh"
	  "en yin chi gui quan zi" },
	{ 0x5a00, 1,
	  "song wei hong wa lou ya rao jiao luan ping xian shao li cheng xiao mang fu suo w"
	  "u wei ke lai chuo ding niang xing nan yu nuo pei nei juan shen zhi han di zhuang"
	  " e pin tui han mian wu yan wu xi yan yu si yu wa li= xian ju qu shui qi xian zhu"
	  "i dong chang lu ai e" },
	{ 0x5a40, 1,
	  "e lou mian cong pou ju po cai ding wan biao xiao shu qi hui fu e wo tan fei wei "
	  "jie tian ni quan jing hun jing qian dian xing hu wa lai bi yin chou chuo fu jing"
	  " lun yan lan kun yin ya ju li dian xian hwa hua ying chan shen ting dang yao wu "
	  "nan ruo jia tou xu" },
	{ 0x5a80, 1,
	  "yu wei ti rou mei dan ruan qin hui wu qian chun mao fu jie duan xi zhong mei hua"
	  "ng mian an ying xuan jie wei mei yuan zhen qiu ti xie tuo lian mao ran si pian w"
	  "ei wa jiu hu ao jie= bou xu tou gui zou yao pi xi yuan ying rong ru chi liu mei "
	  "pan ao ma gou kui" },
	{ 0x5ac0, 1,
	  "qin jia sao zhen yuan cha yong ming ying ji su niao xian tao pang lang nao bao a"
	  "i pi pin yi piao yu lei xuan man yi zhang kang yong ni li di gui yan jin zhuan c"
	  "hang ce han nen lao mo zhe hu hu ao nen qiang ma pie gu wu jiao tuo zhan mao xia"
	  "n xian mo liao lian hua" },
	{ 0x5b00, 1,
	  "gui deng zhi xu yi hua xi hui rao xi yan chan jiao mei fan fan xian yi wei jiao "
	  "fu shi bi shan sui qiang lian huan xin niao dong yi can ai niang neng ma tiao ch"
	  "ou jin ci yu pin yong xu nai yan tai ying can niao wo ying mian kaka ma shen xin"
	  "g ni du liu yuan lan yan" },
	{ 0x5b40, 1,
	  "shuang ling jiao niang lan xian ying shuang shuai quan mi li luan yan zhu lan zi"
	  " jie jue jue kong yun zi zi cun sun fu bei zi xiao xin meng si tai bao ji gu nu "
	  "xue you= zhuan hai luan sun huai mie cong qian shu chan ya zi ni fu zi li xue bo"
	  " ru lai nie nie ying luan" },
	{ 0x5b80, 1,
	  "mian zhu rong ta gui zhai qiong yu shou an tu song wan rou yao hong yi jing zhun"
	  " mi zhu dang hong zong guan zhou ding wan yi bao shi shi chong shen ke xuan shi "
	  "you huan yi tiao shi xian gong cheng qun gong xiao zai zha bao hai yan xiao jia "
	  "shen chen rong huang mi kou kuan bin su" },
	{ 0x5bc0, 1,
	  "cai zan ji yuan ji yin mi kou qing que zhen jian fu ning bing huan mei qin han y"
	  "u shi ning qin ning zhi yu bao kuan ning qin mo cha ju gua qin hu wu liao shi zh"
	  "u zhai shen wei xie kuan hui liao jun huan yi yi bao qin chong bao feng cun dui "
	  "si xun dao lu dui shou" },
	{ 0x5c00, 1,
	  "po feng zhuan fu she ke jiang jiang zhuan wei zun xun shu dui dao xiao ji shao e"
	  "r er er ga jian shu chen shang shang mo ga chang liao xian xian kun= wang wang y"
	  "ou liao liao yao mang wang wang wang ga yao duo kui zhong jiu gan gu gan tui gan"
	  " gan shi yin chi kao ni jin wei niao" },
	{ 0x5c40, 1,
	  "ju pi ceng xi bi ju jie tian qu ti jie wu diao shi shi ping ji xie chen xi ni zh"
	  "an xi wei= man e lou ping ti fei shu xie tu lu lu xi ceng lu ju xie ju jue liao "
	  "jue shu xi che tun ni shan wa= xian li xue nata hui= long yi qi ren wu han shen "
	  "yu" },
	{ 0x5c80, 1,
	  "chu sui qi ren= yue ban yao ang ya wu jie e ji qian fen yuan qi cen qian qi cha "
	  "jie qu gang xian ao lan dao ba zuo zuo yang ju gang ke gou xue bei li tiao ju ya"
	  "n fu xiu jia ling tuo pei you dai kuang yue qu hu po min an tiao ling chi yuri d"
	  "ong cem kui" },
	{ 0x5cc0, 1,
	  "xiu mao tong xue yi kura he ke luo e fu xun die lu an er gai quan tong yi mu shi"
	  " an wei hu zhi mi li ji tong wei you sang xia li yao jiao zheng luan jiao e e yu"
	  " ye bu qiao qun feng feng nao li you xian hong dao shen cheng tu geng jun hao xi"
	  "a yin yu" },
	{ 0x5d00, 1,
	  "lang kan lao lai xian que kong chong chong ta lin hua ju lai qi min kun kun zu g"
	  "u cui ya ya gang lun lun leng jue duo zheng guo yin dong han zheng wei yao pi ya"
	  "n song jie beng zu jue dong zhan gu yin zi= ze huang yu wei yang feng qiu dun ti"
	  " yi zhi shi zai yao e" },
	{ 0x5d40, 1,
	  "zhu kan lu yan mei gan ji ji huan ting sheng mei qian wu yu zong lan jue yan yan"
	  " wei zong cha sui rong yamashina qin yu kewashii lou tu dui xi weng cang dang ho"
	  "ng jie ai liu wu song qiao zi wei beng dian cuo qian yong nie cuo ji shi= tao so"
	  "ng zong jiang liao kang chan die cen ding" },
	{ 0x5d80, 1,
	  "tu lou zhang zhan zhan ao cao qu qiang zui zui dao dao xi yu bo long xiang ceng "
	  "bo qin jiao yan lao zhan lin liao liao jin deng duo zun jiao gui yao qiao yao ju"
	  "e zhan yi xue nao ye ye yi e xian ji xie ke xi di ao zui wei= ni rong dao ling z"
	  "a yu yue yin ru=" },
	{ 0x5dc0, 1,
	  "jie li sui long long dian ying xi ju chan ying kui yan wei nao quan chao cuan lu"
	  "an dian dian nie= yan yan yan nao yan chuan gui chuan zhou huang jing xun chao c"
	  "hao lie gong zuo qiao ju gong kek wu pwu pwu chai qiu qiu ji yi si ba zhi zhao x"
	  "iang yi jin xun juan phas xun jin fu" },
	{ 0x5e00, 1,
	  "za bi shi bu ding shuai fan nie shi fen pa zhi xi hu dan wei zhang tang dai ma p"
	  "ei pa tie fu lian zhi zhou bo zhi di mo yi yi ping qia juan ru shuai dai zheng s"
	  "hui qiao zhen shi qun xi bang dai gui chou ping zhang sha wan dai wei chang sha "
	  "qi ze guo mao du hou" },
	{ 0x5e40, 1,
	  "zheng xu mi wei wo fu yi bang ping tazuna gong pan huang dao mi jia teng hui zho"
	  "ng shan man mu biao guo ze mu bang zhang jiong chan fu zhi hu fan chuang bi hei "
	  "zhang= mi qiao chan fen meng bang chou mie chu jie xian lan gan ping nian qian b"
	  "ing bing xing gan yao huan you you ji yan" },
	{ 0x5e80, 1,
	  "pi ting ze guang zhuang mo qing bi qin dun chuang gui ya bai jie xu lu wu zhuang"
	  "= ku ying di pao dian ya miao geng ci fu tong pang fei xiang yi zhi tiao zhi xiu"
	  " du zuo xiao tu gui ku pang ting you bu ding cheng lai bei ji an shu kang yong t"
	  "uo song shu qing yu yu miao" },
	{ 0x5ec0, 1,
	  "sou ce xiang fei jiu he hui liu sha lian lang sou jian pou qing jiu jiu qin ao k"
	  "uo lou yin liao dai lu yi chu chan tu si xin miao chang wu fei guang koc kuai bi"
	  " qiang xie lin lin liao lu ji= ying xian ting yong li ting yin xun yan ting di p"
	  "o jian hui nai hui gong nian" },
	{ 0x5f00, 1,
	  "kai bian yi qi nong fen ju yan yi zang bi yi yi er san shi er shi shi gong diao "
	  "yin hu fu hong wu tui chi jiang ba shen di zhang jue tao fu di mi xian hu chao n"
	  "u jing zhen yi mi quan wan shao ruo xuan jing dun zhang jiang qiang peng dan qia"
	  "ng bi bi she dan jian" },
	{ 0x5f40, 1,
	  "gou sei fa bi kou nagi bie xiao dan kuo qiang hong mi kuo wan jue ji ji gui dang"
	  " lu lu tuan hui zhi hui hui yi yi yi yi huo huo shan xing wen tong yan yan yu ch"
	  "i cai biao diao bin peng yong piao zhang ying chi chi zhuo tuo ji pang zhong yi "
	  "wang che bi chi ling fu" },
	{ 0x5f80, 1,
	  "wang zheng cu wang jing dai xi xun hen yang huai lu hou wa cheng zhi xu jing tu "
	  "cong zhi= lai cong de pai xi dong= qi chang zhi cong zhou lai yu xie jie jian ch"
	  "i jia bian huang fu xun wei pang yao wei xi zheng piao chi de zheng zheng bie de"
	  " chong che jiao wei jiao hui mei long" },
	{ 0x5fc0, 1,
	  "xiang bao qu xin shu bi yi le ren dao ding gai ji ren ren chan tan te te gan qi "
	  "shi cun zhi wang mang xi fan ying tian min min zhong chong wu ji wu xi ye you wa"
	  "n cong zhong kuai yu bian zhi qi cui chen tai tun qian nian hun xiong niu wang x"
	  "ian xin kang hu kai fen" },
	{ 0x6000, 1,
	  "huai tai song wu ou chang chuang ju yi bao chao min pei zuo zen yang kou ban nu "
	  "nao zheng pa bu tie gu hu ju da lian si chou di dai yi tu you fu ji peng xing yu"
	  "an ni guai fu xi bi you qie xuan cong bing huang xu chu pi xi xi tan koraeru zon"
	  "g dui mo= ki yi" },
	{ 0x6040, 1,
	  "chi ren xun shi xi lao heng kuang mu zhi xie lian tiao huang die hao kong gui he"
	  "ng xi xiao shu s kua qiu yang hui hui chi jia yi xiong guai lin hui zi xu chi xi"
	  "ang nu hen en ke tong tian gong quan xi qia yue peng ken de hui e kyuu tong yan "
	  "kai ce nao yun mang yong" },
	{ 0x6080, 1,
	  "yong yuan pi kun qiao yue yu yu jie xi zhe lin ti han hao qie ti bu yi qian hui "
	  "xi bei man yi heng song quan cheng hui wu wu you li liang huan cong yi yue li ni"
	  "n nao e que xuan qian wu min cong fei bei duo cui chang men li ji guan guan xing"
	  " dao qi kong tian" },
	{ 0x60c0, 1,
	  "lun xi kan kun ni qing chou dun guo chan liang wan yuan jin ji lin yu huo he qua"
	  "n tan ti ti nie wang chuo bu hun xi tang xin wei hui e rui zong jian yong dian j"
	  "u can cheng de bei qie can dan guan duo nao yun xiang zhui die huang chun qiong "
	  "re xing ce bian hun zong ti" },
	{ 0x6100, 1,
	  "qiao chou bei xuan wei ge qian wei yu yu bi xuan huan min bi yi mian yong kai da"
	  "ng yin e chen mou ke ke yu ai qie yan nuo gan yun zong sai leng fen ying= kui ku"
	  "i que gong yun su su qi yao song huang ji gu ju chuang ni xie kai zheng yong cao"
	  " sun shen bo kai yuan" },
	{ 0x6140, 1,
	  "xie hun yong yang li sao tao yin ci xu qian tai huang yun shen ming gong= she co"
	  "ng piao mo mu guo chi can can can cui min te zhang tong ao shuang man guan que z"
	  "ao jiu hui kai lian ou song jin yin lu shang wei tuan man qian she yong qing kan"
	  "g di zhi lou juan qi qi yu ping" },
	{ 0x6180, 1,
	  "liao cong you chong zhi tong cheng qi qu peng bei bie chun jiao zeng chi lian pi"
	  "ng kui hui qiao cheng yin yin xi xi dan tan duo dui dui su jue ce xiao fan fen l"
	  "ao lao chong han qi xian min jing liao wu can jue cu xian tan sheng pi yi chu xi"
	  "an nao dan tan jing song han jiao" },
	{ 0x61c0, 1,
	  "wai huan dong qin qin qu cao ken xie ying ao mao yi lin se jun huai men lan ai l"
	  "in yan gua xia chi yu yin dai meng ai meng dui qi mo lan men chou zhi nuo nuo ya"
	  "n yang bo zhi kuang kuang you fu liu mie cheng hui= chan meng lan huai xuan rang"
	  " chan ji ju huan she yi" },
	{ 0x6200, 1,
	  "lian nan mi tang jue gang gang gang ge yue wu jian xu shu rong xi cheng wo jie g"
	  "e jian qiang huo qiang zhan dong qi jia die zei jia ji shi kan ji kui gai deng z"
	  "han chuang ge jian jie yu jian yan lu xi zhan xi xi chuo dai qu hu hu hu e shi l"
	  "i mao hu li fang" },
	{ 0x6240, 1,
	  "suo bian dian jiong shang yi yi shan hu fei yan shou t cai zha qiu le bu ba da r"
	  "eng fu hameru zai tuo zhang diao kang yu ku han shen cha yi gu kou wu tuo qian z"
	  "hi ren kuo men sao yang niu ban che rao xi qian ban jia yu fu ao xi pi zhi zi e "
	  "dun zhao cheng" },
	{ 0x6280, 1,
	  "ji yan kuang bian chao ju wen hu yue jue ba qin zhen zheng yun wan nu yi shu zhu"
	  "a pou tou dou kang zhe pou fu pao ba ao ze tuan kou lun qiang yun= hu bao bing z"
	  "hi peng tan pu pi tai yao zhen zha yang bao he ni yi di chi pi za mo mo shen ya "
	  "chou qu min" },
	{ 0x62c0, 1,
	  "chu jia fu zhan zhu dan chai mu nian la fu pao ban pai ling na guai qian ju tuo "
	  "ba tuo tuo ao ju zhuo pan zhao bai bai di ni ju kuo long jian qia= yong lan ning"
	  " bo ze qian hen gua shi jie zheng nin gong gong quan shuan cun zan kao chi xie c"
	  "e hui pin zhuai shi na" },
	{ 0x6300, 1,
	  "bo chi gua zhi kuo duo duo zhi qie an nong zhen ge jiao ku dong ru tiao lie zha "
	  "lu die wa jue mushiru ju zhi luan ya zhua ta xie nao dang jiao zheng ji hui xun "
	  "ku ai tuo nuo cuo bo geng ti zhen cheng suo suo keng mei long ju peng jian yi ti"
	  "ng shan nuo wan xie cha" },
	{ 0x6340, 1,
	  "feng jiao wu jun jiu tong kun huo tu zhuo pou le ba han shao nie juan ze song ye"
	  " jue bu huan bu zun yi zhai lu sou tuo lao sun bang jian huan dao wei= wan qin p"
	  "eng she lie min men fu bai ju dao wo ai juan yue zong chen chui jie tu ben na ni"
	  "an nuo zu wo xi" },
	{ 0x6380, 1,
	  "xian cheng dian sao lun qing gang duo shou diao pou di zhang gun ji tao qia qi p"
	  "ai shu qian ling yi ya jue zheng liang gua yi huo shan zheng lue cai tan che bin"
	  "g jie ti kong tui yan cuo zou ju tian qian ken bai shou jie lu guo haba jie= zhi"
	  " dan mang xian sao guan peng yuan nuo" },
	{ 0x63c0, 1,
	  "jian zhen jiu jian yu yan kui nan hong rou pi wei sai zou xuan miao ti nie cha s"
	  "hi zong zhen yi shun heng bian yang huan yan zuan an xu ya wo ke chuai ji ti la "
	  "la cheng kai jiu jiu tu jie hui geng chong shuo she xie yuan qian ye cha zha bei"
	  " yao wei= beng= lan wen qin" },
	{ 0x6400, 1,
	  "chan ge lou zong geng jiao gou qin yong que chou chi zhan sun sun bo chu rong be"
	  "ng cuo sao ke yao dao zhi nu xie jian sou qiu gao xian shuo sang jin mie e chui "
	  "nuo shan ta jie tang pan ban da li tao hu zhi wa xia qian wen qiang tian zhen e "
	  "xi nuo quan cha zha ge" },
	{ 0x6440, 1,
	  "wu en she kang she shu bai yao bin sou tan sa chan suo liao chong chuang guo bin"
	  "g feng shuai di qi sou zhai lian tang chi guan lu luo lou zong gai hu zha chuang"
	  " tang hua cui nai mo jiang gui ying zhi ao zhi nie man shan kou shu suo tuan jia"
	  "o mo mo zhe xian keng piao jiang yin" },
	{ 0x6480, 1,
	  "gou qian lue ji ying jue pie pie lao dun xian ruan kui zan yi xun cheng cheng sa"
	  " nao heng si qian huang da zun nian lin zheng hui zhuang jiao ji cao dan dan che"
	  " bo che jue xiao liao ben fu qiao bo cuo zhuo zhuan tuo pu qin dun nian hua= xie"
	  " lu jiao cuan ta han qiao zhua jian" },
	{ 0x64c0, 1,
	  "gan yong lei kuo lu shan zhuo ze pu chuo ji dang suo cao qing jing huan jie qin "
	  "kuai dan xi ge pi bo ao ju ye e= mang sou mi ji tai zhuo dao xing lan ca ju ye r"
	  "u ye ye ni hu ji bin ning ge zhi jie kuo mo jian xie lie tan bai sou lu lue rao "
	  "zhi" },
	{ 0x6500, 1,
	  "pan yang lei sa shu zan nian xian jun huo li la han ying lu long qian qian zan q"
	  "ian lan san ying mei rang chan weng= cuan xi she luo jun mi li zan luan tan zuan"
	  " li dian wa dang jiao jue lan li nang zhi gui gui qi xin pu sui shou kao you gai"
	  " yi gong gan ban fang zheng" },
	{ 0x6540, 1,
	  "bo dian kou min wu gu he ce xiao mi chu ge di xu jiao min chen jiu zhen duo yu c"
	  "hi ao bai xu jiao duo lian nie bi chang dian duo yi gan san ke yan dun qi dou xi"
	  "ao duo jiao jing yang xia min shu ai qiao ai zheng di zhen fu shu liao qu xiong "
	  "xi jiao sen jiao" },
	{ 0x6580, 1,
	  "zhuo yi lian bi li xiao xiao wen xue qi qi zhai bin jue zhai lang= fei ban ban l"
	  "an yu lan wei dou sheng liao jia hu xie jia yu zhen jiao wo tou chu jin chi yin "
	  "fu qiang zhan qu zhuo zhan duan zhuo si xin zhuo zhuo qin lin zhuo chu duan zhu "
	  "fang xie hang yu shi pei you" },
	{ 0x65c0, 1,
	  "mye pang qi zhan mao lv pei pi liu fu fang xuan jing jing ni zu zhao yi liu shao"
	  " jian es yi qi zhi fan piao fan zhan guai sui yu wu ji ji ji huo ri dan jiu zhi "
	  "zao xie tiao xun xu xu xu gan han tai di xu chan shi kuang yang shi wang min min"
	  " tun chun wu" },
	{ 0x6600, 1,
	  "yun bei ang ze ban jie kun sheng hu fang hao gui chang xuan ming hun fen qin hu "
	  "yi xi xin yan ze fang tan shen ju yang zan bing xing ying xuan pei zhen ling chu"
	  "n hao mei zuo mo bian xu hun zhao zong shi shi yu fei die mao ni chang wen dong "
	  "ai bing ang zhou long xian kuang" },
	{ 0x6640, 1,
	  "tiao chao shi huang huang xuan kui xu jiao jin zhi jin shang tong hong yan gai x"
	  "iang shai xiao ye yun hui han han jun wan xian kun zhou xi cheng sheng bu zhe zh"
	  "e wu han hui hao chen wan tian zhuo zui zhou pu jing xi shan yi xi qing qi jing "
	  "gui zhen yi zhi an wan lin liang chang" },
	{ 0x6680, 1,
	  "wang xiao zan hi xuan xuan yi xia yun hui fu min kui he ying du wei shu qing mao"
	  " nan jian nuan an yang chun yao suo jin ming jiao kai gao weng chang qi hao yan "
	  "li ai ji gui men zan xie hao mu mo cong ni zhang hui bao han xuan chuan liao xia"
	  "n dan jing pie lin tun xi" },
	{ 0x66c0, 1,
	  "yi ji huang tai ye ye li tan tong xiao fei qin zhao hao yi xiang xing sen jiao b"
	  "ao jing yian ai ye ru shu meng xun yao pu li chen kuang die liao= yan huo lu xi "
	  "rong long nang luo luan shai tang yan chu yue yue qu yi geng ye hu he shu cao ca"
	  "o noboru man ceng ceng ti" },
	{ 0x6700, 1,
	  "zui can xu hui yin qie fen pi yue you ruan peng ban fu ling fei qu ti= nu tiao s"
	  "huo zhen lang lang juan ming huang wang tun zhao ji qi ying zong wang tong lang "
	  "lao= meng long mu deng wei mo ben zha zhu shu mu= zhu ren ba po duo duo dao li q"
	  "iu ji jiu bi xiu ting ci" },
	{ 0x6740, 1,
	  "sha eburi za quan qian yu gan wu cha shan xun fan wu zi li xing cai cun ren shao"
	  " tuo di zhang mang chi yi gu gong du yi qi shu gang tiao moku soma tochi lai sug"
	  "i mang yang ma miao si yuan hang fei bei jie dong gao yao xian chu qun pa shu hu"
	  "a xin chou zhu chou song ban" },
	{ 0x6780, 1,
	  "song ji yue jin gou ji mao pi bi wang ang fang fen yi fu nan xi hu ya dou xun zh"
	  "en yao lin rui e mei zhao guo zhi cong yun waku dou shu zao di= li haze jian che"
	  "ng matsu qiang feng nan xiao xian ku ping yi xi zhi guai xiao jia jia gou fu mo "
	  "yi ye ye shi nie" },
	{ 0x67c0, 1,
	  "bi duo yi ling bing ni la he pan fan zhong dai ci yang fu bo mou gan qi ran rou "
	  "mao zhao song zhe xia you shen ju tuo zuo nan ning yong di zhi zha cha dan gu pu"
	  " jiu ao fu jian bo duo ke nai zhu bi liu chai zha si zhu pei shi guai cha yao ju"
	  "e jiu shi" },
	{ 0x6800, 1,
	  "zhi liu mei hoy rong zha zao= biao zhan jie long dong lu sayng li lan yong shu x"
	  "un shuan qi zhen qi li yi xiang zhen li su gua kan bing ren xiao bo ren bing zi "
	  "chou yi jie xu zhu jian zui er er you fa gong kao lao zhan li yin yang he gen zh"
	  "i chi ge zai luan fu" },
	{ 0x6840, 1,
	  "jie hang gui tao guang wei kuang ru an an juan yi zhuo ku zhi qiong tong sang sa"
	  "ng huan jie jiu xue duo zhui yu zan kasei ying masu liu= zhan ya nao zhen dang q"
	  "i qiao hua kuai jiang zhuang xun suo sha zhen bei ting gua jing bo ben fu rui to"
	  "ng jue xi lang liu feng qi wen jun gan" },
	{ 0x6880, 1,
	  "cu liang qiu ting you mei bang long peng zhuang di xuan tu zao ao gu bi di han z"
	  "i zhi ren bei geng jian huan wan nuo jia tiao ji xiao lu huan shao cen fen song "
	  "meng wu li li dou cen ying suo ju ti jie kun zhuo shu chan fan wei jing li bing "
	  "fumoto shikimi tao zhi lai lian" },
	{ 0x68c0, 1,
	  "jian zhuo ling li qi bing zhun cong qian mian qi qi cai gun chan te fei pai bang"
	  " pou hun zong cheng zao ji li peng yu yu gu hun dong tang gang wang di xi fan ch"
	  "eng zhan qi yuan yan yu quan yi sen ren chui leng qi zhuo fu ke lai zou zou zhuo"
	  " guan fen fen chen qiong nie" },
	{ 0x6900, 1,
	  "wan guo lu hao jie yi chou ju ju cheng zuo liang qiang zhi zhui ya ju bei jiao z"
	  "huo zi bin peng ding chu chang kunugi momiji jian gui xi du qian kunugi soko shi"
	  "de luo zhi ken myeng tafu geng= peng zhan yi= tuo sen duo ye fou wei wei duan ji"
	  "a zong jian yi shen xi yan yan chuan zhan chun" },
	{ 0x6940, 1,
	  "yu he zha wo pian bi yao huo xu ruo yang la yan ben hun kui jie kui si feng xie "
	  "tuo zhi jian mu mao chu hu hu lian leng ting nan yu you mei song xuan xuan ying "
	  "zhen pian ye ji jie ye chu shun yu cou wei mei di ji jie kai qiu ying rou heng l"
	  "ou le hazou katsura" },
	{ 0x6980, 1,
	  "pin muro gai tan lan yun yu chen lu ju sakaki chu= pi xie jia yi zhan fu nai mi "
	  "lang rong gu jian ju ta yao zhen bang sha yuan zi ming su jia yao jie huang gan "
	  "fei zha qian ma sun yuan xie rong shi zhi cui yun ting liu rong tang que zhai si"
	  " sheng ta ke xi gu qi" },
	{ 0x69c0, 1,
	  "kao gao sun pan tao ge xun dian nou ji shuo gou chui qiang cha qian huai mei xu "
	  "gang gao zhuo tuo hashi yang dian jia jian zui kashi ori bin zhu sang= xi qi lia"
	  "n hui yong qian guo gai gai tuan hua cu sen cui beng you hu jiang hu huan kui yi"
	  " nie gao kang gui gui cao man jin" },
	{ 0x6a00, 1,
	  "di zhuang le lang chen cong li xiu qing shuang fan tong guan ji suo lei lu liang"
	  " mi lou chao su ke shu tang biao lu jiu shu zha shu zhang men mo niao yang tiao "
	  "peng zhu sha xi quan heng jian cong ji= hokuso qiang tara ying er xin zhi qiao z"
	  "ui cong pu shu hua kui zhen zun yue zhan" },
	{ 0x6a40, 1,
	  "xi xun dian fa gan mo wu qiao nao lin liu qiao xian run fan zhan tuo lao yun shu"
	  "n tui cheng tang meng ju cheng su jue jue tan hui ji nuo xiang tuo ning rui zhu "
	  "chuang zeng fen qiong ran heng cen gu liu lao gao chu zusa nude ca san ji dou sh"
	  "ou lu jian= chu= yuan ta shu jiang" },
	{ 0x6a80, 1,
	  "tan lin nong yin xi sui shan zui xuan cheng gan ju zui yi qin pu yan lei feng hu"
	  "i dang ji sui bo bi ding chu zhua kuai ji jie jia qing zhe jian qiang dao yi bia"
	  "o song she lin kunugi cha meng yin tao tai mian qi toan bin huo ji qian mi ning "
	  "yi gao jian yin er qing yan" },
	{ 0x6ac0, 1,
	  "qi mi zhao gui chun ji kui po deng chu ge= mian you zhi guang qian lei lei sa lu"
	  " li cuan lu mie hui ou lu jie gao du yuan li fei zhuo sou lian tamo chu qing= zh"
	  "u lu yan li zhu chen jie e su huai nie yu long lai jiao= xian kwi ju xiao ling y"
	  "ing jian yin you ying" },
	{ 0x6b00, 1,
	  "xiang nong bo chan lan ju shuang she wei cong quan qu cang jiu= yu luo li zan lu"
	  "an dang jue em lan lan zhu lei li ba nang yu ling tsuki qian ci huan xin yu yu q"
	  "ian ou xu chao chu chi kai yi jue xi xu xia yu kuai lang kuan shuo xi ai yi qi h"
	  "u chi qin kuan kan" },
	{ 0x6b40, 1,
	  "kuan kan chuan sha gua yin xin xie yu qian xiao yi ge wu tan jin ou hu ti huan x"
	  "u pen xi xiao xu xi sen lian chu yi kan yu chuo huan zhi zheng ci bu wu qi bu bu"
	  " wai ju qian chi se chi se zhong sui sui li cuo yu li gui dai dai si jian zhe mo"
	  " mo" },
	{ 0x6b80, 1,
	  "yao mo cu yang tian sheng dai shang xu xun shu can jue piao qia qiu su qing yun "
	  "lian yi fou zhi ye can hun dan ji ye zhen yun wen chou bin ti jin shang yin diao"
	  " cu hui cuan yi dan du jiang lian bin du tsukusu jian shu ou duan zhu yin qing y"
	  "i sha que ke yao jun dian" },
	{ 0x6bc0, 1,
	  "hui hui gu que ji yi ou hui duan yi xiao wu guan mu mei mei ai zuo du yu bi bi b"
	  "i pi pi bi chan mao hao= cai= pu mushiru jia zhan sai mu tuo xun er rong xian ju"
	  " mu hao qiu dou mushiru tan pei ju duo cui bi san san= mao sui yu yu tuo he jian"
	  " ta san" },
	{ 0x6c00, 1,
	  "lu mu li tong rong chang pu luo zhan sao zhan meng luo qu die shi di min jue man"
	  "g qi pie nai qi dao xian chuan fen ri nei bin= fu shen dong qing qi yin xi hai y"
	  "ang an ya ke qing ya dong dan lu qing yang yun yun shui san zheng bing yong dang"
	  " shitamizu le ni tun fan gui" },
	{ 0x6c40, 1,
	  "ting zhi qiu bin ze mian cuan hui diao yi cha zhuo chuan wan fan dai xi tuo mang"
	  " qiu qi shan pai han qian wu wu xun si ru gong jiang chi wu tsuchi jiu= tang zhi"
	  " chi qian mi yu wang qing jing rui jun hong tai quan ji bian bian gan wen zhong "
	  "fang xiong jue hang niou qi fen xu" },
	{ 0x6c80, 1,
	  "xu qin yi wo yun yuan hang yan chen chen dan you dun hu huo qie mu rou mei ta mi"
	  "an wu chong tian bi sha zhi pei pan zhui za gou liu mei ze feng ou li lun cang f"
	  "eng wei hu mo mei shu ju zan tuo tuo tuo he li mi yi fa fei you tian zhi zhao gu"
	  " zhan yan" },
	{ 0x6cc0, 1,
	  "si kuang jiong ju xie qiu yi jia zhong quan bo hui mi ben zhuo chu le you gu hon"
	  "g gan fa mao si hu ping ci fan chi su ning cheng ling pao bo qi si ni ju yue zhu"
	  " sheng lei xuan xue fu pan min tai yang ji yong guan beng xue long lu dan= bo xi"
	  "e po ze jing yin" },
	{ 0x6d00, 1,
	  "zhou ji yi hui hui zui cheng yin wei hou jian yang lie si ji er xing fu sa suo z"
	  "hi yin wu xi kao zhu jiang luo luo= an dong yi mou lei yi mi quan jin mo wei xia"
	  "o xie hong xu shuo kuang tao qie ju er zhou ru ping xun xiong zhi guang huan min"
	  "g huo wa qia pai wu" },
	{ 0x6d40, 1,
	  "qu liu yi jia jing qian jiang jiao cheng shi zhuo ce pal kuai ji liu chan hun hu"
	  " nong xun jin lie qiu wei zhe jun han bang mang zhuo you xi bo dou wan hong yi p"
	  "u ying lan hao lang han li geng fu wu lian chun feng yi yu tong lao hai jin jia "
	  "chong weng mei sui cheng pei" },
	{ 0x6d80, 1,
	  "xian shen tu kun pin nie han jing xiao she nian tu yong xiao xian ting e su tun "
	  "juan cen ti li shui si lei shui tao du lao lai lian wei wo yun huan di heng= run"
	  " jian zhang se fu guan xing shou shuan ya chuo zhang ye kong wo han tuo dong he "
	  "wo ju gan liang hun ta zhuo" },
	{ 0x6dc0, 1,
	  "dian qie de juan zi xi yao qi gu guo han lin tang zhou peng hao chang shu qi fan"
	  "g chi lu nao ju tao cong lei zhi peng fei song tian pi dan yu ni yu lu gan mi ji"
	  "ng ling lun yin cui qu huai yu nian shen piao chun wa yuan lai hun qing yan qian"
	  " tian miao zhi yin mi" },
	{ 0x6e00, 1,
	  "ben yuan wen re fei qing yuan ke ji she yuan shibui lu zi du yi= jian min pi tan"
	  "i yu yuan shen shen rou huan zhu jian nuan yu qiu ting qu du feng zha bo wo wo d"
	  "i wei wen ru xie ce wei ge gang yan hong xuan mi ke mao ying yan you hong miao x"
	  "ing mei zai hun nai" },
	{ 0x6e40, 1,
	  "kui shi e pai mei lian qi qi mei tian cou wei can tuan mian hui mo xu ji pen jia"
	  "n jian hu feng xiang yi yin zhan shi jie cheng huang tan yu bi min shi tu sheng "
	  "yong qu zhong suei jiu jiao qiou yin tang long huo yuan nan ban you quan chui li"
	  "ang chan yan chun nie zi wan shi" },
	{ 0x6e80, 1,
	  "man ying ratsu kui feng= jian xu lu gui gai bo= ying= po jin gui tang yuan suo y"
	  "uan lian yao meng zhun sheng ke tai da wa liu gou sao ming zha shi yi lun ma pu "
	  "wei li cai wu xi wen qiang ze shi su yi zhen sou yun xiu yin rong hun su su ni t"
	  "a shi ru wei pan" },
	{ 0x6ec0, 1,
	  "chu chu pang weng cang mie he dian hao huang xi zi di zhi ying fu jie hua ge zi "
	  "tao teng sui bi jiao hui gun yin gao long zhi yan she man ying chun lu lan luan "
	  "yao= bin tan yu sou hu bi biao zhi jiang kou shen shang di mi ao lu hu hu you ch"
	  "an fan yong gun man" },
	{ 0x6f00, 1,
	  "qing yu piao ji ya jiao qi xi ji lu lu long jin guo cong lou zhi gai qiang li ya"
	  "n cao jiao cong qun tuan ou teng ye xi mi tang mo shang han lian lan wa li qian "
	  "feng xuan yi man zi mang kang lei peng shu zhang zhang chong xu huan kuo jian ya"
	  "n chuang liao cui ti yang jiang" },
	{ 0x6f40, 1,
	  "cong ying hong xun shu guan ying xiao zong= kun= xu lian zhi wei pi jue jiao po "
	  "dang hui jie wu pa ji pan gui xiao qian qian xi lu xi xuan dun huang min run su "
	  "liao zhen zhong yi di wan dan tan chao xun kui yie shao tu zhu san hei bi shan c"
	  "han chan shu tong pu lin wei" },
	{ 0x6f80, 1,
	  "se se cheng jiong cheng hua jiao lao che gan cun heng si shu peng han yun liu ho"
	  "ng fu hao he xian jian shan xi oki lu= lan ning= yu lin min zao dang wan ze xie "
	  "yu li shi xue ling man zi yong kuai can lian dian ye ao huan zhen chan man dan d"
	  "an yi sui pi ju ta qin" },
	{ 0x6fc0, 1,
	  "ji zhuo lian nong guo jin fen se ji sui hui chu ta song ding se= zhu lai bin lia"
	  "n mi shi shu mi ning ying ying meng jin qi pi ji hao ru zui wo tao yin yin dui c"
	  "i huo jing lan jun ai pu zhuo wei bin gu qian xing hama kuo fei cang= boku jian "
	  "wei luo zan lu li" },
	{ 0x7000, 1,
	  "you yang lu si jie ying du wang hui xie pan shen biao chan mo liu jian pu se che"
	  "ng gu bin huo xian lu qin han ying yong li jing xiao ying sui wei xie huai hao z"
	  "hu long lai dui fan hu lai shu= ling= ying mi ji lian jian ying fen lin yi jian "
	  "yue chan dai rang jian lan fan" },
	{ 0x7040, 1,
	  "shuang yuan zhuo feng she lei lan cong qu yong qian fa guan que yan hao hyeng sa"
	  " zan luan yan li mi shan tan dang jiao chan ying= hao ba zhu lan lan nang wan lu"
	  "an xun xian yan gan yan yu huo si mie guang deng hui xiao xiao hu hong ling zao "
	  "zhuan jiu zha xie chi zhuo zai zai can" },
	{ 0x7080, 1,
	  "yang qi zhong fen niu jiong wen po yi lu chui pi kai pan yan kai pang mu chao li"
	  "ao gui kang tun guang xin zhi guang guang wei qiang bian= da xia zheng zhu ke zh"
	  "ao fu ba duo duo ling zhuo xuan ju tan pao jiong pao tai tai bing yang tong han "
	  "zhu zha dian wei shi lian chi huang zhou=" },
	{ 0x70c0, 1,
	  "hu shuo lan jing jiao xu xing quan lie huan yang xiao xiu xian yin wu zhou yao s"
	  "hi wei tong xue zai kai hong luo xia zhu xuan zheng po yan hui guang zhe hui kao"
	  " ju= fan shao ye hui gwaan= tang jin re lie= xi fu jiong che pu jing zhuo ting w"
	  "an hai peng lang shan hu feng chi rong" },
	{ 0x7100, 1,
	  "hu xi shu he xun ku jue xiao xi yan han zhuang jun di xie ji wu yan= lu= han yan"
	  " huan men ju chou bei fen lin kun hun tun xi cui wu hong ju fu wo jiao cong feng"
	  " ping qiong ruo xi qiong xin zhuo yan yan yi jue yu gang ran pi gu gang= sheng c"
	  "hang shao xiong= nian= geng=" },
	{ 0x7140, 1,
	  "wei= chen he kui zhong duan xia hui feng lian xuan xing huang jiao jian bi ying "
	  "zhu wei tuan tian xi nuan nuan chan yan jiong jiong yu mei sha wei ye xin qiong "
	  "rou mei huan xu zhao wei fan qiu sui yang lie zhu jie gao gua bao hu yun xia shi"
	  "= liang= bian gou tui tang chao shan n bo" },
	{ 0x7180, 1,
	  "huang xie xi wu xi yun he he xi yun xiong nai shan qiong yao xun mi lian ying we"
	  "n rong oozutsu yan= qiang liu xi bi biao zong lu jian shou yi lou feng sui yi to"
	  "ng jue zong yun hu yi zhi ao wei liao han ou re jiong man kun= shang cuan zeng j"
	  "ian xi xi xi yi xiao chi huang" },
	{ 0x71c0, 1,
	  "chan ye qian ran yan xian qiao zun deng dun shen jiao fen si liao yu lin tong sh"
	  "ao fen fan yan xun lan mei tang yi jing men jing= jiao= ying yu yi xue lan tai z"
	  "ao can sui xi que cong lian hui zhu xie ling wei yi xie zhao hui tatsu nung lan "
	  "ru xian kao xun jin chou chou yao" },
	{ 0x7200, 1,
	  "he lan biao rong li mo bao ruo lu la ao xun kuang shuo liao= li lu jue liao yan "
	  "xi xie long ye can= rang yue lan cong jue tong guan ju= che mi tang lan zhu lan="
	  " ling cuan yu zhua tsumekanmuri pa zheng pao cheng yuan ai wei han= jue jue fu y"
	  "e ba die ye yao zu shuang er qiang" },
	{ 0x7240, 1,
	  "chuang ge zang die qiang yong qiang pian ban pan shao jian pai du chuang tou zha"
	  " bian die bang bo chuang you you= du ya cheng niu ushihen pin jiu mou tuo mu lao"
	  " ren mang fang mao mu gang wu yan ge bei si jian gu you ge sheng mu di qian quan"
	  " quan zi te xi mang keng qian wu gu" },
	{ 0x7280, 1,
	  "xi li li pou ji gang zhi ben quan run du ju jia jian feng pian ke ju kao chu xi "
	  "bei luo jie ma san wei li dun tong qiao= jiang ikenie li du lie pi piao bao xi c"
	  "hou wei kui chou quan fan ba fan qiu ji cai chuo an jie zhuang guang ma you kang"
	  " bo hou ya yin huan" },
	{ 0x72c0, 1,
	  "zhuang yun kuang niu di qing zhong mu bei pi ju ni sheng pao xia tuo hu ling fei"
	  " pi ni ao you gou yue ju dan po gu xian ning huan hen jiao he zhao ji xun shan t"
	  "a rong shou tong lao du xia shi hua zheng yu sun yu bi mang xi juan li xia yin s"
	  "uan lang bei zhi yan" },
	{ 0x7300, 1,
	  "sha li han xian jing pai fei yao ba qi ni biao yin lai xi jian qiang kun yan guo"
	  " zong mi chang yi zhi zheng ya meng cai cu she kari cen luo hu zong ji wei feng "
	  "wo yuan xing zhu mao wei yuan xian tuan ya nao xie jia hou bian you you mei zha "
	  "yao sun bo ming hua yuan" },
	{ 0x7340, 1,
	  "sou ma yuan dai yu shi hao qiang= yi zhen chuang hao man jing jiang mu zhang cha"
	  "n ao ao hao cui fen jue bi bi huang pu lin yu tong yao liao shuo xiao swu ton xi"
	  " ge juan du hui kuai xian xie ta xian xun ning pin huo nou meng lie nao guang sh"
	  "ou lu ta xian mi rang huan nao" },
	{ 0x7380, 1,
	  "luo xian qi jue xuan miao zi lu lu yu su wang qiu ga ding le ba ji hong di quan "
	  "gan jiu yu ji yu yang ma gong wu fu wen jie ya fen bian beng yue jue yun jue wan"
	  " jian mei dan pi wei huan xian qiang ling dai yi an ping dian fu xuan xi bo ci g"
	  "ou jia shao" },
	{ 0x73c0, 1,
	  "po ci ke ran sheng shen yi zu jia min shan liu bi zhen zhen jue fa long jin jiao"
	  " jian li guang xian zhou gong yan xiu yang xu luo su zhu qin ken xun bao er xian"
	  "g yao xia heng gui chong xu ban pei lao= dang ei hun wen e cheng ti wu wu cheng "
	  "jun mei bei ting xian chuo" },
	{ 0x7400, 1,
	  "han xuan yan qiu quan lang li xiu fu liu ye xi ling li jin lian suo chiisai feng"
	  "= wan dian pin zhan cui min yu ju chen lai wen sheng wei dian chu zhuo pei cheng"
	  " hu qi e kun chang qi beng wan lu cong guan yan diao bei lin qin pi pa que zhuo "
	  "qin fa jin= qiong du jie hun" },
	{ 0x7440, 1,
	  "yu mao mei chun xuan ti xing dai rou min zhen wei ruan huan jie chuan jian zhuan"
	  " yang lian quan xia duan yuan ye nao hu ying yu huang rui se liu shi rong suo ya"
	  "o wen wu jin jin ying ma tao liu tang li lang gui zhen qiang cuo jue zhao yao ai"
	  " bin tu chang kun zhuan cong jin yi" },
	{ 0x7480, 1,
	  "cui cong qi li ying suo qiu xuan ao lian man zhang yin ye= ying zhi lu wu deng x"
	  "iou zeng xun qu dang lin liao qiong su huang gui pu jing fan jin liu ji hui= jin"
	  "g ai bi can qu zao dang jiao gun tan hui huan se sui tian chu= yu jin lu bin sho"
	  "u wen zui lan xi ji xuan" },
	{ 0x74c0, 1,
	  "ruan huo gai lei du li zhi rou li zan qiong zhe gui sui la long lu li zan lan yi"
	  "ng mi xiang xi guan dao zan huan gua bo die bao hu zhi piao ban rang li wa dekag"
	  "uramu jiang qian fan pen fang dan weng ou deshiguramu miriguramu thon hu ling yi"
	  " ping ci hekutogura juan chang chi sarake dang meng pou" },
	{ 0x7500, 1,
	  "zhui ping bian zhou zhen senchigura ci ying qi xian lou di ou meng zhuan peng li"
	  "n zeng wu pi dan weng ying yan gan dai shen tian tian han chang sheng qing sheng"
	  " chan chan rui sheng su sen yong shuai lu fu yong beng feng ning tian you jia sh"
	  "en zha dian fu nan dian ping ting hua ting quan zi meng" },
	{ 0x7540, 1,
	  "bi qi liu xun liu chang mu yun fan fu geng tian jie jie quan wei fu tian mu tap "
	  "pan jiang wa da nan liu ben zhen chu mu mu ce cen gai bi da zhi lue qi lue pan k"
	  "esa fan hua yu yu mu jun yi liu yu die chou hua dang chuo ji wan jiang sheng cha"
	  "ng tuan lei ji" },
	{ 0x7580, 1,
	  "cha liu tatamu tuan lin jiang jiang chou bo die die pi nie dan shu shu zhi yi ch"
	  "uang nai ding bi jie liao gong ge jiu zhou xia shan xu nue li yang chen you ba j"
	  "ie jue zhi xia cui bi yi li zong chuang feng zhu pao pi gan ke ci xie qi dan zhe"
	  "n fa zhi teng ju ji fei" },
	{ 0x75c0, 1,
	  "qu dian jia xian cha bing ni zheng yong jing quan chong tong yi kai wei hui duo "
	  "yang chi zhi hen ya mei dou jing xiao tong tu mang pi xiao suan pu li zhi cuo du"
	  "o wu sha lao shou huan xian yi peng zhang guan tan fei ma lin chi ji dian an chi"
	  " bi bei min gu dui e wei" },
	{ 0x7600, 1,
	  "yu cui ya zhu cu dan shen zhung ji yu hou feng la yang shen tu yu gua wen huan k"
	  "u jia yin yi lu sao jue chi xi guan yi wen ji chuang ban lei liu chai shou nue d"
	  "ian da pie tan zhang biao shen cu luo yi zong chou zhang zhai sou suo que diao l"
	  "ou lu mo jin yin ying" },
	{ 0x7640, 1,
	  "huang fu liao long qiao liu lao xian fei dan yin he yan ban xian guan guai nong "
	  "yu wei yi yong pi lei li shu dan lin dian lin lai pie ji chi yang xian jie zheng"
	  " me= li huo lai shaku dian xian ying yin qu yong tan dian luo luan luan bo bo= g"
	  "ui po fa deng fa bai bai qie" },
	{ 0x7680, 1,
	  "bi zao zao mao de pa jie huang gui ci ling gao mo ji jiao peng gao ai e hao han "
	  "bi wan chou qian xi ai jiong hao huang hao ze cui hao xiao ye po hao jiao ai xin"
	  "g huang li piao he jiao pi gan pao zhou jun qiu cun que zha gu jun jun zhou zha "
	  "gu zhan du min" },
	{ 0x76c0, 1,
	  "qi ying yu bei zhao zhong pen he ying he yi bo wan he ang zhan yan jian he yu ku"
	  "i fan gai dao pan fu qiu sheng dao lu zhan meng li jin xu jian pan guan an lu sh"
	  "u zhou dang an gu li mu cheng gan xu mang mang zhi qi ruan tian xiang dun xin xi"
	  " pan feng dun min" },
	{ 0x7700, 1,
	  "ming sheng shi yun mian pan fang miao dan mei mao kan xian ou shi yang zheng yao"
	  " shen huo da zhen kuang ju shen chi sheng mei mo zhu zhen zhen mian di yuan die "
	  "yi zi zi chao zha xuan bing mi long sui dong mi die yi er ming xuan chi kuang ju"
	  "an mou zhen tiao yang yan mo zhong mai" },
	{ 0x7740, 1,
	  "zhao zheng mei jun shao han huan di cheng cuo juan e wan xian xi kun lai jian sh"
	  "an tian hun wan ling shi qiong lie yai jing zheng li lai sui juan shui sui du bi"
	  " bi mu hun ni lu yi jie cai zhou yu hun ma xia xing xi gun cai chun jian mei du "
	  "hou xuan ti kui gao rui" },
	{ 0x7780, 1,
	  "mou xu fa wen miao chou kui mi weng kou dang chen ke sou xia qiong mao ming man "
	  "shui ze zhang yi diao ou mo shun cong lou chi man piao cheng ji meng wan= run pi"
	  "e xi qiao pu zhu deng shen shun liao che xian kan ye xu tong mou lin kui xian ye"
	  " ai hui zhan jian gu zhao qu" },
	{ 0x77c0, 1,
	  "wei chou sao ning xun yao huo meng mian bin mian li kuang jue xuan mian huo lu m"
	  "eng long guan man xi chu tang kan zhu mao jin lin yu shuo ce jue shi yi shen zhi"
	  " hou shen ying ju zhou jiao cuo duan ai jiao zeng huo bai shi ding qi ji zi gan "
	  "wu tuo ku qiang xi fan kuang" },
	{ 0x7800, 1,
	  "dang ma sha dan jue li fu min nuo huo kang zhi qi kan jie fen e ya pi zhe yan su"
	  "i zhuan che dun pan yan jin= feng fa mo zha qu yu luo tuo tuo di zhai zhen ai fe"
	  "i mu zhu li bian nu ping peng ling pao le po bo po shen za nuo li long tong yong"
	  "= li aragane" },
	{ 0x7840, 1,
	  "chu keng quan zhu kuang huo e nao jia lu wei ai luo ken xing yan tong peng xi la"
	  "o= hong shuo xia qiao qing= wei qiao yi= keng xiao que chan lang hong yu xiao xi"
	  "a mang long iong che che e liu ying mang que yan sha kun yu chi= kaki lu chen ji"
	  "an nue song zhuo keng peng yan zhui kong" },
	{ 0x7880, 1,
	  "ceng qi zong qing lin jun bo ding min diao jian he lu ai sui que ling bei yin du"
	  "i wu qi lun wan dian gang pei qi chen ruan yan die ding du tuo jie ying bian ke "
	  "bi wei shuo zhen duan xia dang ti nao peng jian di tan cha seki qi dun= feng xua"
	  "n que que ma gong nian su" },
	{ 0x78c0, 1,
	  "e ci liu si tang bang hua pi wei sang lei cuo zhen xia qi lian pan wei yun dui z"
	  "he ke la zhuan= qing gun zhuan chan qi ao peng lu lu kan qiang chen yin lei biao"
	  " qi mo qi cui zong qing chuo lun= ji shan lao qu zeng deng jian xi lin ding dian"
	  " huang pan za qiao di li" },
	{ 0x7900, 1,
	  "tani jiao xi= zhang qiao dun xian yu zhui he huo zhai lei ke chu ji que dang yi "
	  "jiang pi pi yu pin qi ai kai jian yu ruan meng pao ci bo= yang= mie ca xian kuan"
	  "g lei lei zhi li li fan que pao ying li long long mo bo shuang guan lan zan yan "
	  "shi shi li reng she yue" },
	{ 0x7940, 1,
	  "si qi ta ma xie xian xian zhi qi zhi beng dui zhong ren= yi shi you zhi tiao fu "
	  "fu mi zu zhi suan mei zuo qu hu zhu shen sui ci chai mi lu yu xiang wu tiao piao"
	  " zhu gui xia zhi ji gao zhen gao shui jin chen gai kun di dao huo tao qi gu guan"
	  " zui ling lu" },
	{ 0x7980, 1,
	  "bing jin dao zhi lu shan bei zhe hui you xi yin zi huo zhen fu yuan wu xian yang"
	  " ti yi mei si di bei= zhuo zhen yong ji gao tang si ma ta fu= xuan qi yu xi ji s"
	  "i chan tan kuai sui li nong ni dao li rang yue ti zan lei rou yu yu chi xie qin "
	  "he tu" },
	{ 0x79c0, 1,
	  "xiu si ren tu zi cha gan yi xian bing nian qiu qiu chong fen hao yun ke miao zhi"
	  " geng bi zhi yu mi ku ban pi ni li you zu pi ba ling mo cheng nian qin yang zuo "
	  "zhi zhi shu ju zi huo ji cheng tong zhi huo he yin zi zhi jie ren du yi zhu hui "
	  "nong fu" },
	{ 0x7a00, 1,
	  "xi kao lang fu ze shui lu kun gan geng ti cheng tu shao shui ya lun lu gu zuo re"
	  "n zhun bang bai ji zhi zhi kun leng peng ke bing chou zu yu su lue xiang= yi xi "
	  "bian ji fu bi nuo jie zhong zong xu cheng dao wen lian zi yu ji xu zhen zhi dao "
	  "jia ji gao gao" },
	{ 0x7a40, 1,
	  "gu rong sui you ji kang mu shan men zhi ji lu su ji ying wen qiu se he= yi huang"
	  " qie ji sui xiao pu jiao zhuo tong sai lu sui nong se hui rang nuo yu bin ji tui"
	  " wen cheng huo gong lu biao se= rang zhuo li zan xue wa jiu qiong xi qiong kong "
	  "yu sen jing yao chuan" },
	{ 0x7a80, 1,
	  "zhun tu lao qie zhai yao bian bao yao bing wa zhu jiao qiao diao wu gui yao zhi "
	  "chuang yao tiao jiao chuang jiong xiao cheng kou cuan wo dan ku ke zhui xu su gu"
	  "an kui dou zhuo= yin wo wa ya yu ju qiong yao yao tiao chao yu tian diao ju liao"
	  " xi wu kui chuang zhao kuan= kuan long" },
	{ 0x7ac0, 1,
	  "cheng cui piao zao cuan qiao qiong dou zao long qie li chu shi fou qian chu hong"
	  " qi qian gong shi shu miao ju zhan zhu ling long bing jing jing zhang yi si jun "
	  "hong tong song jing diao yi shu jing qu jie ping duan shao zhuan ceng deng cui h"
	  "uai jing kan jing zhu zhu le peng yu chi gan" },
	{ 0x7b00, 1,
	  "mang zhu utsubo du ji xiao ba suan ji zhen zhao sun ya zhui yuan hu gang xiao ce"
	  "n pi bi jian yi dong shan sheng xia di zhu na chi gu li qie min bao tiao si fu c"
	  "e ben pei da zi di ling ze nu fu gou fan jia ge fan shi mao po sey jian qiong lo"
	  "ng souke bian luo" },
	{ 0x7b40, 1,
	  "gui qu chi yin yao xian bi qiong gua deng jiao jin quan sun ru fa kuang zhu tong"
	  " ji da xing ce zhong kou lai bi shai dang zheng ce fu yun tu pa li lang ju guan "
	  "jian han tong xia zhi cheng suan shi zhu zuo xiao shao ting ce yan gao kuai gan "
	  "chou kago gang yun o qian xiao" },
	{ 0x7b80, 1,
	  "jian pu lai zou bi bi bi ge chi guai yu jian zhao gu chi zheng jing sha zhou lu "
	  "bo ji lin suan jun fu zha gu kong qian quan jun chui guan yuan ce ju bo ze qie t"
	  "uo luo dan xiao ruo jian xuan bian sun xiang xian ping zhen sheng hu shi zhu yue"
	  " chun lu wu dong xiao ji" },
	{ 0x7bc0, 1,
	  "jie huang xing mei fan chui zhuan pian feng zhu hong qie hou qiu miao qian gu= k"
	  "ui sik lou yun he tang yue chou gao fei ruo zheng gou nie qian xiao cuan gong pa"
	  "ng du li bi zhuo chu shai chi zhu qiang long lan jian bu li hui bi di cong yan p"
	  "eng sen zhuan pai piao dou yu mie zhuan" },
	{ 0x7c00, 1,
	  "ze xi guo yi hu chan kou cu ping chou ji gui su lou zha lu nian suo cuan sasara "
	  "suo le duan yana xiao bo mi si dang liao dan dian fu jian min kui dai qiao deng "
	  "huang sun lao zan xiao du shi zan qi= pai hata pai gan ju du lu yan bo dang sai "
	  "ke long qian lian bo" },
	{ 0x7c40, 1,
	  "zhou lai shi= lan kui yu yue hao zhen tai ti mi chou ji yi= hata teng zhuan zhou"
	  " fan sou zhou kuji zhuo teng lu lu jian tuo ying yu lai long shinshi lian lan qi"
	  "an yue zhong qu lian bian duan zuan li si luo ying yue zhuo xu mi di fan shen zh"
	  "e shen nu xie lei xian zi ni cun" },
	{ 0x7c80, 1,
	  "zhang= qian kume bi ban wu sha kang rou fen bi cui yin= li chi nukamiso ro ba li"
	  " gan ju po mo cu nian zhou li su tiao li qi su hong tong zi ce yue zhou lin zhua"
	  "ng bai lao= fen ji qu= sukumo liang xian fu liang can geng li yue lu ju qi cui b"
	  "ai zhang lin zong jing guo" },
	{ 0x7cc0, 1,
	  "kouji san san tang bian rou mian hou xu zong hu jian zan ci li xie fu ni bei gu "
	  "xiu gao tang qiu sukumo cao zhuang tang mi san fen zao kang jiang mo san san nuo"
	  " xi liang jiang kuai bo huan shu= zong xian nuo tuan nie li zuo di nie tiao lan "
	  "mi jiao jiu xi gong zheng jiu you" },
	{ 0x7d00, 1,
	  "ji cha zhou xun yue hong yu he wan ren wen wen qiu na zi tou niu fou jie shu chu"
	  "n pi yin sha hong zhi ji fen yun ren dan jin su fang suo cui jiu zha kinu jin fu"
	  " zhi ci zi chou hong zha lei xi fu xie shen bei zhu qu ling zhu shao gan yang fu"
	  " tuo zhen dai" },
	{ 0x7d40, 1,
	  "zhuo shi zhong xian zu jiong ban ju mo shu zui wata jing ren heng xie jie zhu ch"
	  "ou gua bai jue kuang hu ci geng geng tao xie ku jiao quan gai luo xuan bing xian"
	  " fu gei tong rong tiao yin lei xie quan xu lun die tong si jiang xiang hui jue z"
	  "hi jian juan chi mian zhen lu cheng qiu" },
	{ 0x7d80, 1,
	  "shu bang tong xiao wan qin geng xiu ti xiu xie hong xi fu ting sui dui kun fu ji"
	  "ng hu zhi yan jiong feng ji sok kase zong lin duo li lu liang chou quan shao qi "
	  "qi zhun qi wan qian xian shou wei qi tao wan gang wang beng zhui cai guo cui lun"
	  " liu qi zhan bei chuo ling mian" },
	{ 0x7dc0, 1,
	  "qi qie tan zong gun zou yi zi xing liang jin fei rui min yu zong fan lu xu yingl"
	  " zhang kasuri xu xiang jian ke xian ruan mian qi duan zhong di min miao yuan xie"
	  " bao si qiu bian huan geng cong mian wei fu wei yu gou miao xie lian zong bian y"
	  "un yin ti gua zhi yun cheng chan dai" },
	{ 0x7e00, 1,
	  "xia yuan zong xu nawa odoshi geng sen ying jin yi zhui ni bang gu pan zhou jian "
	  "cuo quan shuang yun xia shuai xi rong tao fu yun zhen gao ru hu zai teng xian su"
	  " zhen zong tao horo cai bi feng cu li suo yin xi zong lei zhuan qian man zhi lu "
	  "mo piao lian mi xuan zong ji shan" },
	{ 0x7e40, 1,
	  "sui fan shuai beng yi sao mou zhou qiang hun sem xi jung xiu ran xuan hui qiao z"
	  "eng zuo zhi shan san lin yu fan liao chuo zun jian rao chan rui xiu hui hua zuan"
	  " xi qiang un da sheng hui xi se jian jiang huan zao cong jie jiao bo chan yi nao"
	  " sui yi shai xu ji bin qian lan" },
	{ 0x7e80, 1,
	  "pu xun zuan qi peng li mo lei xie zuan kuang you xu lei xian chan kou lu chan yi"
	  "ng cai xiang xian zui zuan luo xi dao lan lei lian si jiu yu hong zhou xian he y"
	  "ue ji wan kuang ji ren wei yun hong chun pi sha gang na ren zong lun fen zhi wen"
	  " fang zhu yin niu shu xian" },
	{ 0x7ec0, 1,
	  "gan xie fu lian zu shen xi zhi zhong zhou ban fu zhuo shao yi jing dai bang rong"
	  " jie ku rao die heng hui gei xuan jiang luo jue jiao tong geng xiao juan xiu xi "
	  "sui tao ji ti ji xu ling ying= xu qi fei chuo zhang gun sheng wei mian shou beng"
	  " chou tao liu quan zong zhan wan lu" },
	{ 0x7f00, 1,
	  "zhui zi ke xiang jian mian lan ti miao qi yun hui si duo duan bian xian gou zhui"
	  " huan di lu bian min yuan jin fu ru zhen feng shuai gao chan li yi jian bin piao"
	  " man lei ying suo mou sao xie liao shan zeng jiang qian zao huan jiao zuan fou x"
	  "ie gang fou que fou kaakeru bo ping hou" },
	{ 0x7f40, 1,
	  "zhao= gang ying ying qing xia guan zun tan chang qi weng ying lei tan lu guan wa"
	  "ng wang gang wang han luo= luo fu mi fa gu zhu ju mao gu min gang ba gua ti juan"
	  " fu lin yan zhao zui gua zhuo yu zhi an fa nan shu si pi ma liu ba fa li chao we"
	  "i bi ji zeng tong" },
	{ 0x7f80, 1,
	  "liu ji juan mi zhao luo pi ji ji luan yang mie qiang ta mei yang you you fen ba "
	  "gao yang gu qiang zang gao ling yi zhu di xiu qian yi xian rong qun qun qian hua"
	  "n zui xian yi yashinau qiang xian yu geng jie tang yuan xi fan shan fen shan lia"
	  "n lei geng nou qiang chan yu gong yi" },
	{ 0x7fc0, 1,
	  "chong weng fen hong chi chi cui fu xia pen yi la yi pi ling liu zhi qu xi xie xi"
	  "ang xi xi qi qiao hui hui xiao se hong jiang di cui fei tao sha chi zhu jian xua"
	  "n shi pian zong wan hui hou he he han ao piao yi lian qu ao= lin pen qiao ao fan"
	  " yi hui xuan dao" },
	{ 0x8000, 1,
	  "yao lao lao= kao mao zhe qi gou gou gou die die er shua ruan er nai zhuan lei ti"
	  "ng zi geng chao hao yun pa pi chi si chu jia ju he chu lao lun ji tang ou lou no"
	  "u gou pang ze lou ji lao huo you mo huai er zhe ting ye da song qin yun chi dan "
	  "dan hong geng" },
	{ 0x8040, 1,
	  "zhi pan= nie dan zhen che ling zheng you wa liao long zhi ning tiao er ya die gu"
	  "a xu= lian hao sheng lie pin jing ju bi di guo wen xu ping cong shikato ni= ting"
	  " yu cong kui tsuraneru kui cong lian weng kui lian lian cong ao sheng song ting "
	  "kui nie zhi dan ning qie ji ting ting long yu" },
	{ 0x8080, 1,
	  "yu zhao si su yi su si zhao zhao rou yi le ji qiu ken cao ge di huan huang yi re"
	  "n xiao ru zhou yuan du gang rong gan cha wo chang gu zhi han fu fei fen pei pang"
	  " jian fang zhun you na hang ken ran gong yu wen yao jin pi qian xi xi fei ken ji"
	  "ng tai shen zhong" },
	{ 0x80c0, 1,
	  "zhang xie shen wei zhou die dan fei ba bo qu tian bei gua tai zi ku zhi ni ping "
	  "zi fu pang zhen xian zuo pei jia sheng zhi bao mu qu hu ke yi yin xu yang long d"
	  "ong ka lu jing nu yan pang kua yi guang gai ge dong zhi xiao xiong xiong er e xi"
	  "ng pian neng zi gui" },
	{ 0x8100, 1,
	  "cheng tiao zhi cui mei xie cui xie mo mai ji obiyaakasu nin= kuai sa zang qi nao"
	  " mi nong luan wan bo wen guan qiu jiao jing rou heng cuo lie shan ting mei chun "
	  "shen xie de zui cu xiu xin tuo pao cheng nei fu dou tuo niao noy pi gu gua li li"
	  "an zhang cui jie liang zhou pi biao" },
	{ 0x8140, 1,
	  "lun pian guo kui chui dan tian nei jing jie la yi an ren shen chuo fu fu ju fei "
	  "qiang wan dong pi guo zong ding wu mei ruan zhuan zhi cou gua ou di an xing nao "
	  "yu chuan nan yun zhong rou e sai tu yao jian wei jiao yu jia duan bi chang fu xi"
	  "an ni mian wa teng tui" },
	{ 0x8180, 1,
	  "bang qian lu wa sou tang su zhui ge yi bo liao ji pi xie gao lu bin ou chang lu "
	  "guo pang chuai piao jiang fu tang mo xi zhuan lu jiao ying lu zhi tara chun lian"
	  " tong peng ni zha liao cui gui xiao teng fan zhi jiao shan wu cui run xiang sui "
	  "fen ying tan zhua dan kuai nong" },
	{ 0x81c0, 1,
	  "tun lian bi yong jue chu yi juan la lian sao tun gu qi cui bin xun ru huo zang x"
	  "ian biao xing kuan la yan lu huo zang luo qu zang luan ni zang chen qian wo guan"
	  "g zang lin guang zi jiao nie chou ji gao chou mian nie zhi zhi ge jian die zhi x"
	  "iu tai zhen jiu xian yu cha" },
	{ 0x8200, 1,
	  "yao yu chong xi xi jiu yu yu xing ju jiu xin she she yadoru jiu shi tan shu shi "
	  "tian dan pu pu guan hua tan chuan shun xia wu zhou dao gang shan yi fan= pa tai "
	  "fan ban chuan hang fang ban que hesaki zhong jian cang ling zhu ze duo bo xian g"
	  "e chuan jia lu hong pang xi kua=" },
	{ 0x8240, 1,
	  "fu zao feng li shao yu lang ting yu= wei bo meng nian ju huang shou zong bian ma"
	  "o die dao= bang cha yi sao cang cao lou dai sori yao tong yofune dang tan lu yi "
	  "jie jian huo meng qi lu lu chan shuang gen liang jian jian se yan fu ping yan ya"
	  "n cao cao yi le ting qiu ai nai" },
	{ 0x8280, 1,
	  "tiao jiao jie peng wan yi chai mian mie gan qian yu yu shuo qiong tu xia qi mang"
	  " zi hui sui zhi xiang bi fu tun wei wu zhi qi shan wen qian ren fou kou jie lu x"
	  "u ji qin qi yuan fen ba rui xin ji hua hua fang wu jue gou zhi yun qin ao chu ma"
	  "o ya fei reng" },
	{ 0x82c0, 1,
	  "hang cong yin you bian yi susa wei li pi e xian chang cang meng su yi yuan ran l"
	  "ing tai tiao di miao qiong li yong ke mu pei bao gou min yi yi ju pi ruo ku zhu "
	  "ni bo bing shan qiu yao xian ben hong ying zha dong ju die nie gan hu ping mei f"
	  "u sheng gu bi wei" },
	{ 0x8300, 1,
	  "fu zhuo mao fan qie mao mao ba zi mo zi di chi ji jing long cong= niao yuan= xue"
	  " ying qiong ge ming li rong yin gen qian chai chen yu xiu zi lie wu ji kui ce ch"
	  "ong ci gou guang mang chi jiao jiao fu yu zhu zi jiang hui yin cha fa rong ru ch"
	  "ong mang tong zhong qian= zhu" },
	{ 0x8340, 1,
	  "xun huan kua quan gai da jing xing quan cao jing er an shou chi ren jian ti huan"
	  "g ping li jin lao shu zhuang da jia rao bi ze qiao hui qi dang zi= rong hun ying"
	  " luo ying xun jin sun yin mai hong zhou yao du wei chu dou fu ren yin he bi bu y"
	  "un di tu sui sui cheng" },
	{ 0x8380, 1,
	  "chen wu bie xi geng li fu zhu mo li zhuang ji duo qiu sha suo chen feng ju mei m"
	  "eng xing jing che xin jun yan ting diao cuo wan han you cuo jia wang you niu sha"
	  "o xian lang fu e mo wen jie nan mu kan lai lian shi wo usagi lian huo you ying y"
	  "ing nuc chun mang mang ci" },
	{ 0x83c0, 1,
	  "wan jing di qu dong jian zou gu la lu ju wei jun nie kun he pu zi gao guo fu lun"
	  " chang chou song chui zhan men cai ba li tu bo han bao qin juan xi qin di jie pu"
	  " dang jin zhao tai geng hua gu ling fei jin an wang beng zhou yan ju jian lin ta"
	  "n shu tian dao" },
	{ 0x8400, 1,
	  "hu qi he cui tao chun bei chang huan fei lai qi meng ping wei dan sha huan yan y"
	  "i tiao qi wan ce nai kutabireru tuo jiu tie luo bi= yi= meng bo= yaji ding= ying"
	  " ying ying xiao sa qiu ke xiang wan yu yu fu lian xuan yuan nan ze wo chun xiao "
	  "yu pian mao an e luo ying huo" },
	{ 0x8440, 1,
	  "gua jiang mian zuo zuo ju bao rou xi xie an qu jian fu lu jing pen feng hong hon"
	  "g hou yan tu zhu zi xiang shen ge jie jing mi huang shen pu gai dong zhou qian w"
	  "ei bo wei pa ji hu zang jia duan yao jun cong quan wei xian kui ting hun xi shi "
	  "qi lan zong yao yuan mei" },
	{ 0x8480, 1,
	  "yun shu di zhuan guan sukumo xue chan kai kui hua= jiang lou wei pai you= sou yi"
	  "n shi chun shi yun zhen lang nu meng he que suan yuan li ju xi pang chu xu tu li"
	  "u wo zhen qian zu po cuo yuan chu yu kuai pan pu pu na shuo xi fen yun zheng jia"
	  "n ji ruo cang en mi hao" },
	{ 0x84c0, 1,
	  "sun zhen ming sou xu liu xi gu lang rong weng gai cuo shi tang luo ru suo xian b"
	  "ei yao gui bi zong gun za xiu ce hai lan dan= ji li can lang yu ling= ying mo di"
	  "ao tiao mao tong zhu peng an lian cong xi ping qiu jin chun jie wei tui cao yu y"
	  "i ji liao bi lu su" },
	{ 0x8500, 1,
	  "bu zhang luo jiang man yan ling ji piao gun han di su lu she shang di mie xun ma"
	  "n bo di cuo zhe sen xuan wei hu ao mi lou cu zhong cai po jiang mi cong niao hui"
	  " jun yin jian yan shu yin kui chen hu sha kou qian ma zang sonoko qiang dou lian"
	  " lin kou ai bi li wei" },
	{ 0x8540, 1,
	  "ji xun sheng fan meng ou chan dian xun jiao rui rui lei yu qiao chu hua jian mai"
	  " yun bao you qu lu rao hui e teng fei jue zui fa ru fen kui shun rui ya xu fu ju"
	  "e dang wu tong si xiao xi long yun shao= qi jian yun sun ling yu xia yong ji hon"
	  "g si nong lei xuan" },
	{ 0x8580, 1,
	  "yun yu xi hao bo hao ai wei hui wei ji ci xiang luan mie yi leng jiang can shen "
	  "qiang lian ke yuan da ti tang xie bi zhan sun lian fan ding jie gu xie shu jian "
	  "kao hong sa xin xun yao hie sou shu xun dui pin wei neng chou mai ru piao tai qi"
	  " zao chen zhen er ni" },
	{ 0x85c0, 1,
	  "ying gao cong xiao qi fa jian xu kui jie bian diao mi lan jin cang miao qiong qi"
	  "e xian liao= ou xian su lu yi xu xie li yi la lei xiao di zhi bei teng yao mo hu"
	  "an piao fan sou tan tui qiong qiao wei liu hui ou= gao yun bao= li shu chu ai li"
	  "n zao xuan chen lai huo" },
	{ 0x8600, 1,
	  "tuo wu rui rui qi heng lu su tui mang yun pin yu xun ji jiong xian mo hagi su ji"
	  "ong peng= nie bo rang yi xian yu ju lian lian yin qiang ying long tong wei yue l"
	  "ing qu yao fan mi lan kui lan ji dang katsura lei lei hua feng zhi wei kui zhan "
	  "huai li ji mi lei huai luo" },
	{ 0x8640, 1,
	  "ji kui lu jian san teng= lei quan xiao yi luan men bie hu hu lu nue lu si xiao q"
	  "ian chu hu xu cuo fu xu xu lu hu yu hao jiao ju guo bao yan zhan zhan kui ban xi"
	  " shu chong qiu diao ji qiu cheng shi xia= di zhe she yu gan zi hong hui meng ge "
	  "sui xia chai" },
	{ 0x8680, 1,
	  "shi yi ma xiang fang e pa chi qian wen wen rui bang bi yue yue jun qi ran yin qi"
	  " tian yuan jue hui qin qi zhong ya ci mu wang fen fen hang gong zao fu ran jie f"
	  "u chi dou piao xian ni te qiu you zha ping chi you he han ju li fu ran zha gou p"
	  "i bo xian" },
	{ 0x86c0, 1,
	  "zhu diao bie bing gu ran qu she tie ling gu dan gu ying li cheng qu mou ge ci hu"
	  "i hui mang fu yang wa lie zhu yi xian kuo jiao li yi ping ji ha she yi wang mo q"
	  "iong qie gui gong zhi man ebi zhi jia rao si qi xing lie qiu shao yong jia shui "
	  "che bai e han" },
	{ 0x8700, 1,
	  "shu xuan feng shen zhen fu xian zhe wu fu li lang bi chu yuan you jie dan yan ti"
	  "ng dian shui hui gua zhi song fei ju mi qi qi yu jun zha meng qiang si xi lun li"
	  " die tiao tao kun gan han yu bang fei pi wei dun yi yuan su quan qian rui ni qin"
	  "g wei liang guo wan" },
	{ 0x8740, 1,
	  "dong e ban di wang can yang ying guo chan ding= la ke ji he ting mai xu mian yu "
	  "jie shi xuan huang yan bian rou wei fu yuan mei wei fu ruan xie you qiu mao xia "
	  "ying shi chong tang zhu zong ti fu yuan hui meng la du hu qiu die li gua yun ju "
	  "nan lou qun rong ying" },
	{ 0x8780, 1,
	  "jiang ban= lang pang si xi ci xi yuan weng lian sou ban rong rong ji wu qiu han "
	  "qin yi bi hua tang yi du nai he hu hui ma ming yi wen ying teng yu cang so ebi m"
	  "an tiao= shang zhe cao chi di ao lu wei zhi tang chen piao qu pi yu jian luo lou"
	  " qin zhong yin jiang" },
	{ 0x87c0, 1,
	  "shuai wen jiao wan zhi zhe ma ma guo liu mao xi cong li man xiao kamakiri zhang "
	  "mang xiang mo zui si qiu te zhi peng peng jiao qu bie liao pan gui xi ji zhuan h"
	  "uang fei lao jue jue hui yin chan jiao shan rao xiao mou chong xun si chu= cheng"
	  " dang li xie shan yi jing da chan qi" },
	{ 0x8800, 1,
	  "ci xiang she luo qin ying chai li ze xuan lian zhu ze xie mang xie qi rong jian "
	  "meng hao ruan huo zhuo jie bin he mie fan lei jie la mi li chun li qiu nie lu du"
	  " xiao zhu long li long feng ye beng shang gu juan ying shu= xi can qu quan du ca"
	  "n man jue jie zhu zha" },
	{ 0x8840, 1,
	  "xie huang niu pei nu xin zhong mo er ke mie xi xing yan kan yuan qu= ling xuan s"
	  "hu xian tong long jie xian ya hu wei dao chong wei dao zhun heng qu yi yi bu gan"
	  " yu biao cha yi shan chen fu gun fen shuai jie na zhong dan ri zhong zhong xie q"
	  "i xie ran zhi ren qin jin" },
	{ 0x8880, 1,
	  "jun yuan mei chai ao niao hui ran jia tuo ling dai bao pao yao zuo bi shao tan j"
	  "u he shu xiu zhen yi pa bo di wa fu gun zhi zhi ran pan yi mao tuo na kou xian c"
	  "han qu bei gun xi ne bo horo fu yi chi ku ren jiang jia cun mo jie er luo ru zhu"
	  " gui" },
	{ 0x88c0, 1,
	  "yin cai lie kamishimo yuki zhuang dang xu= kun ken niao shu jia kun cheng li jua"
	  "n shen pou ge yi yu zhen liu qiu qun ji yi bu zhuang shui sha qun li lian lian k"
	  "u jian fou chan bi gun tao yuan ling chi chang chou duo biao liang chang pei pei"
	  " fei yuan luo guo yan du xi zhi ju qi" },
	{ 0x8900, 1,
	  "ji zhi gua ken che ti ti fu chong xie bian die kun duan xiu xiu he yuan bao bao "
	  "fu yu tuan yan hui bei chu lu ena hitoe yun da gou da huai rong yuan ru nai jion"
	  "g suo ban tun chi sang niao ying jie qian huai ku lian bao li zhe shi lu yi die "
	  "xie xian wei biao cao" },
	{ 0x8940, 1,
	  "ji jiang sen bao xiang chihaya pu jian zhuan jian zui ji dan za fan bo xiang xin"
	  " bie rao man lan ao duo gui cao sui nong chan lian bi jin dang shu tan bi lan pu"
	  " ru zhi dui= shu wa shi bai xie bo chen lai long xi xian lan zhe dai tasuki zan "
	  "shi jian pan yi ran ya xi" },
	{ 0x8980, 1,
	  "xi yao feng tan fu= biao fu ba he ji ji jian guan bian yan gui jue pian mao mi m"
	  "i mie shi si zhan luo jue mi tiao lian yao zhi jun xi shan wei xi tian yu lan e "
	  "du qin pang ji ming ying gou qu zhan jin guan deng jian luo qu jian wei jue qu l"
	  "uo lan shen di" },
	{ 0x89c0, 1,
	  "guan jian guan yan gui mi shi zhan lan jue ji xi di tian yu gou jin qu jiao jiu "
	  "jin cu jue zhi chao ji gu dan zui di shang hua quan ge chi jie gui gong hong jie"
	  " hun qiu xing su ni ji lu zhi zha bi xing hu shang gong zhi xue chu xi yi lu jue"
	  " xi yan xi" },
	{ 0x8a00, 1,
	  "yan yan ding fu qiu qiu jiao hong ji fan xun diao hong cha tao xu jie yi ren xun"
	  " yin shan qi tuo ji xun yin e fen ya yao song shen yin xin jue xiao ne chen you "
	  "zhi xiong fang xin chao she xian sha tun xu yi yi su chi he shen he xu zhen zhu "
	  "zheng gou zi zi" },
	{ 0x8a40, 1,
	  "zhan gu fu quan die ling di yang li nao pan zhou gan yi ju ao zha tuo yi qu zhao"
	  " ping bi xiong qu ba da zu tao zhu ci zhe yong xu xun yi huang he shi cha jiao s"
	  "hi hen cha gou gui quan hui jie hua gai xiang wei shen chou tong mi zhan ming e "
	  "hui yan xiong gua" },
	{ 0x8a80, 1,
	  "er beng tiao chi lei zhu kuang kua wu yu teng ji zhi ren su lang e kuang e shi t"
	  "ing dan bo chan you heng qiao qin shua an yu xiao cheng jie xian wu wu gao song "
	  "pu hui jing shuo zhen shuo du yasashi chang shui jie ke qu cong xiao sui wang xu"
	  "an fei chi ta yi na yin diao" },
	{ 0x8ac0, 1,
	  "pi chuo chan chen zhun ji qi tan zhui wei ju qing jian zheng ze zou qian zhuo li"
	  "ang jian zhu hao lun shen biao huai pian yu die xu pian shi xuan shi hun hua e z"
	  "hong di xie fu pu ting jian qi yu zi chuan xi hui yin an xian nan chen feng zhu "
	  "yang yan heng xuan ge nuo qi" },
	{ 0x8b00, 1,
	  "mou ye wei xing= teng zou shan jian bo ku huang huo ge ying mi xiao mi xi qiang "
	  "chen nue ti su bang chi qian shi jiang yuan xie xue tao yao yao lu= yu biao cong"
	  " qing li mo mo shang zhe miu jian ze jie lian lou can ou guan xi zhuo ao ao jin "
	  "zhe yi hu jiang man chao" },
	{ 0x8b40, 1,
	  "han hua chan xu zeng se xi she dui zheng nao lan e ying jue ji zun jiao bo hui z"
	  "huan mu zen zha shi qiao tan zen pu sheng xuan zao tan dang sui qian ji jiao jin"
	  "g lian nou yi ai zhan pi hui hua yi yi shan rang nou qian zhui ta hu zhou hao ye"
	  " ying jian yu jian hui" },
	{ 0x8b80, 1,
	  "du zhe xuan zan lei shen wei chan li yi bian zhe yan e chou wei chou yao chan ra"
	  "ng yin lan chen huo zhe huan zan yi dang zhan yan du yan ji ding fu ren ji jie h"
	  "ong tao rang shan qi tuo xun yi xun ji ren jiang hui ou ju ya ne xu e lun xiong "
	  "song feng she fang" },
	{ 0x8bc0, 1,
	  "jue zheng gu he ping zu shi xiong zha su zhen di zou ci qu zhao bi yi yi kuang l"
	  "ei shi gua shi jie hui cheng zhu shen hua dan gou quan gui xun yi zheng gai xian"
	  "g cha hun xu zhou jie wu yu qiao wu gao you hui kuang shuo song ai qing zhu zou "
	  "nuo du zhuo fei ke wei" },
	{ 0x8c00, 1,
	  "yu shui shen diao chan liang zhun sui tan shen yi mou chen die huang jian xie nu"
	  "e ye wei e yu xuan chan zi an yan di mi pian xu mo dang su xie yao bang shi qian"
	  " mi jin man zhe jian miu tan zen qiao lan pu jue yan qian zhan chen gu qian hong"
	  " xia jue hong han hong xi" },
	{ 0x8c40, 1,
	  "xi huo liao han du long dou jiang qi shi li deng wan bi shu xian feng zhi zhi ya"
	  "n yan shi chu hui tun yi tun yi jian ba hou e cu xiang huan jian ken gai qu fu x"
	  "i bin hao yu zhu jia fen= xi bo wen huan bin di zong fen yi zhi bao chai han pi "
	  "na pi gou" },
	{ 0x8c80, 1,
	  "na you diao mo si xiu huan kun he he mo han mao li ni bi yu jia tuan mao pi xi e"
	  " ju mo chu tan huan jue bei zhen yuan fu cai gong te yi hang wan pin huo fan tan"
	  " guan ze zhi er zhu shi bi zi er gui pian bian mai dai sheng kuang fei tie yi ch"
	  "i mao" },
	{ 0x8cc0, 1,
	  "he bi lu ren hui gai pian zi jia xu zei jiao gai zang jian ying xun zhen she bin"
	  " bin qiu she chuan zang zhou lai zan si chen shang tian pei geng xian mai jian s"
	  "ui fu tan cong cong zhi ji zhang du jin xiong shun yun bao zai lai feng cang ji "
	  "sheng ai zhuan fu gou sai ze liao" },
	{ 0x8d00, 1,
	  "wei bai chen zhuan zhi zhui biao yun zeng tan zan yan pu= shan wan ying jin gan "
	  "xian zang bi du shu yan shang= xuan long gan zang bei zhen fu yuan gong cai ze x"
	  "ian bai zhang huo zhi fan tan pin bian gou zhu guan er jian bi shi tie gui kuang"
	  " dai mao fei he yi zei zhi jia hui" },
	{ 0x8d40, 1,
	  "zi ren lu zang zi gai jin qiu zhen lai she fu du ji shu shang si bi zhou geng pe"
	  "i tan lai feng zhui fu zhuan sai ze yan zan yun zeng shan ying gan chi xi she na"
	  "n xiong xi cheng he cheng zhe xia tang zou zou li jiu fu zhao gan qi shan qiong "
	  "qin xian ci jue qin chi" },
	{ 0x8d80, 1,
	  "ci chen chen die ju chao di se zhan zhu yue qu jie chi chu gua xue ci tiao duo l"
	  "ie gan suo cu xi zhao su yin ju jian que tang chuo cui lu qu dang qiu zi ti qu c"
	  "hi huang qiao qiao yao zao ti er= zan zan zu pa bao ku ke dun jue fu chen jian f"
	  "ang zhi sa" },
	{ 0x8dc0, 1,
	  "yue pa qi yue qiang tuo tai yi nian ling mei ba die ku tuo jia ci pao qia zhu ju"
	  " die zhi fu pan ju shan bo ni ju li gen yi ji dai xian jiao duo zhu zhuan kua zh"
	  "uai gui qiong kui xiang chi lu beng zhi jia tiao cai jian ta qiao bi xian duo ji"
	  " ju ji shu tu" },
	{ 0x8e00, 1,
	  "chu jing nie xiao bo chi qun mou shu lang yong jiao chou qiao mou= ta jian qi wo"
	  " wei zhuo jie ji nie ju ju lun lu leng huai ju chi wan quan ti bo zu qie ji cu z"
	  "ong cai zong peng zhi zheng dian zhi yu duo dun chun yong zhong di zhe chen chua"
	  "i jian gua tang ju fu zu" },
	{ 0x8e40, 1,
	  "die pian rou nuo ti cha tui jian dao cuo xi ta qiang zhan dian ti ji nie man liu"
	  " zhan bi chong lu liao cu tang dai suo xi kui ji zhi qiang di man zong lian beng"
	  " zao nian bie tui ju deng ceng xian fan chu zhong dun bo cu zu jue jue lin ta qi"
	  "ao qiao pu liao dun cuan" },
	{ 0x8e80, 1,
	  "kuang zao ta bi bi zhu ju chu qiao dun chou ji wu yue nian lin lie zhi li zhi ch"
	  "an chu duan wei long lin xian wei zuan lan xie rang xie nie ta qu jie cuan zuan "
	  "xi kui jue lin shen gong dan segare qu ti duo duo gong lang nerau luo ai ji ju t"
	  "ang utsuke lao= yan shitsuke kang" },
	{ 0x8ec0, 1,
	  "qu lou lao tuo zhi yagate ti dao yagate yu che ya gui jun wei yue xin di xuan fa"
	  "n ren shan qiang shu tun chen dai e na qi mao ruan ren fan zhuan hong hu qu huan"
	  "g di ling dai ao zhen fan kuang ang peng bei gu ku pao zhu rong e ba zhou zhi ya"
	  "o ke yi qing shi ping" },
	{ 0x8f00, 1,
	  "er qiong ju jiao guang lu kai quan zhou zai zhi she liang yu shao you huan yun z"
	  "he wan fu qing zhou ni ling zhe zhan liang zi hui wang chuo guo kan yi peng qian"
	  " gun nian pian guan bei lun pai liang ruan rou ji yang xian chuan cou qun ge you"
	  " hong shu fu zi fu wen ben zhan yu" },
	{ 0x8f40, 1,
	  "wen tao gu zhen xia yuan lu jiu chao zhuan wei hun sori che jiao zhan pu lao fen"
	  " fan lin ge se kan huan yi ji dui er yu xian hong lei pei li li lu lin che ya gu"
	  "i xuan di ren zhuan e lun ruan hong ku ke lu zhou zhi yi hu zhen li yao qing shi"
	  " zai zhi jiao" },
	{ 0x8f80, 1,
	  "zhou quan lu jiao zhe fu liang nian bei hui gun wang liang chuo zi cou fu ji wen"
	  " shu pei yuan xia zhan lu che lin xin gu ci ci pi zui bian la la ci xue ban bian"
	  " bian bian xue= bian ban ci bian bian chen ru nong nong zhen chuo chuo suberu re"
	  "ng bian bian sip ip liao da chan" },
	{ 0x8fc0, 1,
	  "gan qian yu yu qi xun yi guo mai qi za wang jia zhun ying ti yun jin hang ya fan"
	  " wu da e huan zhe totemo jin yuan wei lian chi che ni tiao zhi yi jiong jia chen"
	  " dai er di po wang die ze tao shu tuo kep jing hui tong you mi beng ji nai yi ji"
	  "e zhui lie xun" },
	{ 0x9000, 1,
	  "tui song gua tao pang hou ni dun jiong xuan xun bu you xiao qiu tou zhu qiu di d"
	  "i tu jing ti dou yi zhe tong guang wu shi cheng su zao qun feng lian suo hui li "
	  "sako lai ben cuo jue beng huan dai lu you zhou jin yu chuo kui wei ti yi da yuan"
	  " luo bi nuo yu dang" },
	{ 0x9040, 1,
	  "sui dun sui yan chuan chi ti yu shi zhen you yun e bian guo e xia huang qiu dao "
	  "da wei appare yi gou yao chu liu xun ta di chi yuan su ta qian ma= yao guan zhan"
	  "g ao shi ce chi su zao zhe dun di lou chi cuo lin zun rao qian xuan yu yi wu lia"
	  "o ju shi bi" },
	{ 0x9080, 1,
	  "yao mai xie sui huan zhan teng er miao bian bian la li yuan yao luo li yi ting d"
	  "eng qi yong shan han yu mang ru qiong xi= kuang fu kang bin fang xing na xin she"
	  "n bang yuan cun huo xie bang wu ju you han tai qiu bi pei bing shao bei wa di zo"
	  "u ye lin kuang gui zhu shi" },
	{ 0x90c0, 1,
	  "ku yu gai ge xi zhi ji xun hou xing jiao xi gui nuo lang jia kuai zheng otoko yu"
	  "n yan cheng dou chi lu fu wu fu gao hao lang jia geng jun ying bo xi bei li yun "
	  "bu xiao qi pi qing guo zhou tan zou ping lai ni chen you bu xiang dan ju yong qi"
	  "ao yi du yan mei" },
	{ 0x9100, 1,
	  "ruo bei e yu juan yu yun hou kui xiang xiang sou tang ming xi ru chu zi zou ju w"
	  "u xiang yun hao yong bi mo chao fu liao yin zhuan hu qiao yan zhang fan qiao xu "
	  "deng bi xin bi ceng wei zheng mao shan lin po dan meng ye cao kuai feng meng zou"
	  " kuang lian zan chan you qi" },
	{ 0x9140, 1,
	  "yan chan zan ling huan xi feng zan li you ding qiu zhuo pei zhou yi hang yu jiu "
	  "yan zui mao dan xu tou zhen fen sakenomoto fu= yun tai tian qia tuo zuo han gu s"
	  "u po chou zai ming luo chuo chou you tong zhi xian jiang cheng yin tu xiao mei k"
	  "u suan lei pu zui hai yan xi niang" },
	{ 0x9180, 1,
	  "wei lu lan yan tao pei zhan chun tan zui chuo cu kun ti mian du hu xu xing tan j"
	  "iu chun yun po ke sou mi quan chou cuo yun yong ang zha hai tang jiang piao shan"
	  " yu li zao lao yi jiang pu jiao xi tan po nong yi li ju jiao yi niang ru xun cho"
	  "u yan ling mi mi" },
	{ 0x91c0, 1,
	  "niang xin jiao xi mi yan bian cai shi you shi shi li zhong ye liang li jin jin q"
	  "iu yi diao dao zhao ding po qiu he fu zhen zhi ba luan fu nai diao shan qiao kou"
	  " chuan zi fan yu hua han gong qi mang ri di si xi yi chai shi tu xi nu qian ishi"
	  "yumi jian pi ye yin" },
	{ 0x9200, 1,
	  "ba fang chen xing tou yue yan fu pi na xin e jue dun gou yin qian ban ji ren cha"
	  "o niu fen yun ji qin pi guo hong yin jun shi yi zhong nie gai ri huo tai kang ha"
	  "baki irori ngaak qin= duo zi ni tu shi min gu e ling bing yi gu ba pi yu si zuo "
	  "bu you dian" },
	{ 0x9240, 1,
	  "jia zhen shi shi tie ju zhan shi she xuan zhao bao he bi sheng chu shi bo zhu ch"
	  "i za po tong qian fu zhai liu qian fu li yue pi yang ban bo jie gou shu zheng mu"
	  " ni nie di jia mu dan shen yi si kuang ka bei jian tong xing hong jiao chi er ge"
	  " bing shi mou jia" },
	{ 0x9280, 1,
	  "yin jun zhou chong shang tong mo lei ji yu xu ren zun zhi qiong shan chi xian xi"
	  "ng quan pi tie zhu hou ming kua yao xian xian xiu jun cha lao ji pi ru mi yi yin"
	  " guang an diou you se kao qian luan kasugai ai diao han rui shi keng qiu xiao zh"
	  "e xiu zang ti cuo gua gong zhong" },
	{ 0x92c0, 1,
	  "dou lu mei lang wan xin yun bei wu su yu chan ting bo han jia hong cuan feng cha"
	  "n wan zhi si xuan wu wu tiao gong zhuo lue xing qian shen han lue xie chu zheng "
	  "ju xian tie mang pu li pan rui cheng gao li te pyeng zhu zhen= tu liu zui ju cha"
	  "ng yuan jian gang diao tao chang" },
	{ 0x9300, 1,
	  "lun kua ling bei lu li qiang pou juan min zui peng an pi xian ya zhui lei a kong"
	  " ta kun du wei chui zi zheng ben nie cong qun tan ding qi qian zhuo qi yu jin gu"
	  "an mao chang tian xi lian tao gu cuo shu zhen lu meng lu hua biao ga lai ken kaz"
	  "ari bu nai wan zan hu=" },
	{ 0x9340, 1,
	  "de xian pian= huo liang fa= men kai ying di lian guo xian du tu wei cong fu rou "
	  "ji e rou chen ti zha hong yang duan xia yu keng xing huang wei fu zhao cha qie s"
	  "he hong kui tian mou qiao qiao hou tou cong huan ye min jian duan jian song kui "
	  "hu xuan duo jie zhen bian zhong zi" },
	{ 0x9380, 1,
	  "xiu ye mei pai ai jie qian= mei chuo ta bang xia lian suo xi liu zu ye nou weng "
	  "rong tang suo qiang ge shuo chui bo pan sa bi sang gang zi wu ying huang tiao li"
	  "u kai sun sha sou wan hao zhen zhen luo yi yuan tang nie xi jia ge ma juan kasug"
	  "ai habaki suo xia= feng= wen= na" },
	{ 0x93c0, 1,
	  "lu suo ou zu tuan xiu guan xuan lian shou ao man mo luo bi wei liu di qiao cong "
	  "yi lu ao keng qiang cui qi chang tang man yong chan feng jing biao shu lou xiu c"
	  "ong long zan jian cao li xia xi kang shuang= beng zhang= qian= zheng lu hua ji p"
	  "u hui qiang po lin suo xiu san cheng" },
	{ 0x9400, 1,
	  "kui si liu nao heng pie sui fan qiao quan yang tang xiang jue jiao zun liao jie "
	  "lao dui tan zan ji jian zhong deng ya ying dui jue nou ti pu tie fan= cheng= din"
	  "g shan kai jian fei sui lu juan hui yu lian zhuo qiao qian zhuo lei bi tie huan "
	  "ye duo guo dang ju fen da bei yi" },
	{ 0x9440, 1,
	  "ai zong xun diao zhu heng zhui ji nie ta huo qing bin ying kui ning xu jian jian"
	  " yari cha zhi mie li lei ji zuan kuang shang peng la du shuo chuo lu biao bao lu"
	  " xian= kuan= long e lu xin jian lan bo jian yao chan xiang jian xi guan cang nie"
	  " lei cuan qu pan luo zuan luan zao" },
	{ 0x9480, 1,
	  "nie jue tang shu lan jin qiu yi zhen ding zhao po diao tu qian chuan shan ji fan"
	  " diao men nu xi chai xing gai bu tai ju dun chao zhong na bei gang ban qian yao "
	  "qin jun wu gou kang fang huo tou niu ba yu qian zheng qian gu bo e po bu ba yue "
	  "zuan mu dan jia dian" },
	{ 0x94c0, 1,
	  "you tie bo ling shuo qian liu bao shi xuan she bi ni pi duo xing kao lao er mang"
	  " ya you cheng jia ye nao zhi dang tong lu diao yin kai zha zhu xian ting diu xia"
	  "n hua quan sha jia yao ge ming zheng se jiao yi chan chong tang an yin ru zhu la"
	  "o pu wu lai te lian keng" },
	{ 0x9500, 1,
	  "xiao suo li zheng chu guo gao tie xiu cuo lue feng xin liu kai jian rui ti lang "
	  "qian ju a qiang duo tian cuo mao ben qi de kua kun chang xi gu luo chui zhui jin"
	  " zhi xian juan huo pou tan ding jian ju meng zi qie ying kai qiang song e cha qi"
	  "ao zhong duan sou huang huan ai" },
	{ 0x9540, 1,
	  "du mei lou zi fei mei mo zhen bo ge nie tang juan nie na liu hao bang yi jia bin"
	  " rong biao tang man luo beng yong jing di zu xuan liu tan jue liao pu lu dui lan"
	  " pu cuan qiang deng huo lei huan zhuo lian yi cha biao la chan xiang chang chang"
	  " jiu ao die qu liao mi chang" },
	{ 0x9580, 1,
	  "men ma shuan shan huo men yan bi han bi san kai kang beng hong run san xian xian"
	  " jian min xia yuru dou zha nao jian peng xia ling bian bi run he guan ge ge fa c"
	  "hu hong gui min se kun lang lu ting sha ju yue yue chan qu lin chang shai kun ya"
	  "n min yan e hun yu wen" },
	{ 0x95c0, 1,
	  "xiang bao xiang qu yao wen ban an wei yin kuo que lan du quan= phwung tian nie t"
	  "a kai he que chuang guan dou qi kui tang guan piao kan xi hui chan pi dang huan "
	  "ta wen ta= men shuan shan yan han bi wen chuang run wei xian hong jian min kang "
	  "men zha nao gui wen ta min lu kai" },
	{ 0x9600, 1,
	  "fa ge he kun jiu yue lang du yu yan chang xi wen hun yan e chan lan qu hui kuo q"
	  "ue ge tian ta que kan huan fu fu le dui xin qian wu yi tuo yin yang dou e sheng "
	  "ban pei keng yun ruan zhi pi jing fang yang yin zhen jie cheng e qu di zu zuo di"
	  "an ling a" },
	{ 0x9640, 1,
	  "tuo tuo po bing fu ji lu long chen xing duo lou mo jiang shu duo xian er gui yu "
	  "gai shan xun qiao xing chun fu bi xia shan sheng zhi pu dou yuan zhen chu xian t"
	  "ou nie yun xian pei pei zou yi dui lun yin ju chui chen pi ling tao xian lu shen"
	  "g xian yin zhu yang reng shan" },
	{ 0x9680, 1,
	  "chong yan yin yu ti yu long wei wei nie dui sui an huang jie sui yin gai yan hui"
	  " ge yun wu wei ai xi tang ji zhang dao ao xi yin sa= rao lin tui deng pi sui sui"
	  " yu xian fen ni er ji dao xi yin e hui long xi li li li zhui he zhi zhun jun nan"
	  " yi" },
	{ 0x96c0, 1,
	  "que yan qian ya xiong ya ji gu huan zhi gou jun ci yong ju chu hu za luo yu chou"
	  " diao sui han huo shuang guan chu za yong ji xi chou liu li nan xue za ji ji yu "
	  "yu xue na fou se mu wen fen pang yun li li ang ling lei an bao meng dian dang xi"
	  "ng wu zhao" },
	{ 0x9700, 1,
	  "xu ji mu chen xiao zha ting zhen pei mei ling qi chou huo sha fei weng zhan yin "
	  "ni chou tun lin ling= dong ying wu ling shuang ling xia hong yin mo mai yun liu "
	  "meng bin wu wei huo yin xi yi ai dan deng xian yu lu long dai ji pang yang ba pi"
	  " wei feng= xi ji mai meng" },
	{ 0x9740, 1,
	  "meng lei li huo ai fei dai long ling ai feng li bao he= he he bing qing qing jin"
	  "g tian zhen jing cheng qing jing jing dian jing tian fei fei kao mi mian mian pa"
	  "o ye tian hui ye ge ding cha jian ren di du wu ren qin jin xue niu ba yin sa na "
	  "mo zu da ban yi yao" },
	{ 0x9780, 1,
	  "tao tuo jia hong pao yang tomo yin jia tao ji xie an an hen gong kohaze da qiao "
	  "ting wan ying sui tiao qiao xuan kong beng ta zhang bing kuo ju la xie rou bang "
	  "yi qiu qiu he xiao mu ju jian bian di jian on tao gou ta bei xie pan ge bi kuo t"
	  "ang lou gui qiao xue ji" },
	{ 0x97c0, 1,
	  "jian jiang chan da huo xian qian du wa jian lan wei ren fu mei juan ge wei qiao "
	  "han chang kuo= rou xun she wei ge bei tao gou yun gao= bi wei hui du wa du wei r"
	  "en fu han wei yun tao jiu jiu xian xie xian ji yin za yun shao le peng heng ying"
	  " yun peng yin yin xiang" },
	{ 0x9800, 1,
	  "hu ye ding qing pan xiang shun han xu yi xu gu song kui qi hang yu wan ban dun d"
	  "i dan pan po ling ce jing lei he qiao e e wei jie gua shen yi shen hai dui pian "
	  "ping lei fu jia tou hui kui jia le tian cheng ying jun hu han jing tui tui pin l"
	  "ai tui zi zi" },
	{ 0x9840, 1,
	  "chui ding lai yan han jian ke cui jiong qin yi sai ti e e yan hun kan yong zhuan"
	  " yan xian xin yi yuan sang dian dian jiang ku lei liao piao yi man qi rao hao qi"
	  "ao gu xun qian hui zhan ru hong bin xian pin lu lan nie quan ye ding qing han xi"
	  "ang shun xu xu wan gu dun" },
	{ 0x9880, 1,
	  "qi ban song hang yu lu ling po jing jie jia tian han ying jiong hai yi pin hui t"
	  "ui han ying ying ke ti yong e zhuan yan e nie man dian sang hao lei zhan ru pin "
	  "quan feng biao oroshi fu xia zhan biao sa ba tai lie gua xuan shao ju bi si wei "
	  "yang yao sou kai sao fan" },
	{ 0x98c0, 1,
	  "liu xi liao piao piao liu biao biao biao liao biao= se feng biao feng yang zhan "
	  "biao sa ju si sou yao liu piao biao biao fei fan fei fei shi shi can ji ding si "
	  "tuo zhan sun xiang tun ren yu juan chi yin fan fan sun yin zhu yi zhai bi jie ta"
	  "o liu ci tie si bao shi duo" },
	{ 0x9900, 1,
	  "hai ren tian jiao jia bing yao tong ci xiang yang yang er yan le yi can bo nei e"
	  " bu jun dou su yu shi yao hun guo shi jian zhui bing xian bu ye tan fei zhang we"
	  "i guan e nuan hun hu huang tie hui jian hou he xing fen wei gu cha song tang bo "
	  "gao xi kui liu sou" },
	{ 0x9940, 1,
	  "tao ye yun mo tang man bi yu xiu jin san kui zhuan shan chi dan yi ji rao cheng "
	  "yong tao hui xiang zhan fen hai meng yan mo chan xiang luo zuan nang shi ding ji"
	  " tuo xing tun xi ren yu chi fan yin jian shi bao si duo yi er rao xiang jia le j"
	  "iao yi bing bo dou e" },
	{ 0x9980, 1,
	  "yu nei jun guo hun xian guan cha kui gu sou chan ye mo bo liu xiu jin man san zh"
	  "uan nang shou kui guo xiang fen ba ni bi bo tu han fei jian an ai fu xian wen xi"
	  "n fen bin xing ma yu feng han di tuo tuo chi xun zhu zhi pei xin ri sa yin wen z"
	  "hi dan lu" },
	{ 0x99c0, 1,
	  "you bo bao kuai tuo yi qu wen= qu jiong bo zhao yuan peng zhou ju zhu nu ju pi z"
	  "ang jia ling zhen tai fu yang shi bi tuo tuo si liu ma pian tao zhi rong teng do"
	  "ng xun quan shen jiong er hai bo zhu yin luo shuu dan xie liu ju song qin mang l"
	  "iang han tu xuan tui jun" },
	{ 0x9a00, 1,
	  "e cheng xin ai lu zhui zhou she pian kun tao lai zong ke qi qi yan fei sao yan j"
	  "ie yao wu pian cong pian qian fei huang jian huo yu ti quan xia zong kui rou si "
	  "gua tuo kui sou qian cheng zhi liu pang teng xi cao du yan yuan zou sao shan li "
	  "zhi shuang lu xi luo zhang" },
	{ 0x9a40, 1,
	  "mo ao can piao cong qu bi zhi yu xu hua bo su xiao lin chan dun liu tuo zeng tan"
	  " jiao tie yan luo zhan jing yi ye tuo bin zou yan peng lu teng xiang ji shuang j"
	  "u xi huan li biao ma yu tuo xun chi qu ri bo lu zang shi si fu ju zou zhu tuo nu"
	  " jia yi" },
	{ 0x9a80, 1,
	  "tai xiao ma yin jiao hua luo hai pian biao li cheng yan xin qin jun qi qi ke zhu"
	  "i zong su can pian zhi kui sao wu ao liu qian shan piao luo cong chan zou ji shu"
	  "ang xiang gu wei wei wei yu gan yi ang tou xie bao bi chi ti di ku hai qiao gou "
	  "kua ge tui geng pian" },
	{ 0x9ac0, 1,
	  "bi ke ka yu sui lou bo xiao pang bo ci kuan bin mo liao lou nao du zang sui ti b"
	  "in kuan lu gao gao qiao kao qiao lao zao biao kun kun ti fang xiu ran mao dan ku"
	  "n bin fa tiao peng zi fa ran ti pao pi mao fu er rong qu gong xiu gua ji peng zh"
	  "ua shao sha" },
	{ 0x9b00, 1,
	  "ti li bin zong ti peng song zheng quan zong shun jian duo hu la jiu qi lian zhen"
	  " bin peng mo san man man seng xu lie qian qian nong huan kuai ning bin lie rang "
	  "dou dou nao hong xi dou han dou dou jiu chang yu yu li juan fu qian gui zong liu"
	  " gui shang yu gui mei ji qi" },
	{ 0x9b40, 1,
	  "jie kui hun ba po mei xu yan xiao liang yu tui qi wang liang wei jian chi piao b"
	  "i mo ji xu chou yan zhan yu dao ren ji eri gong tuo diao ji xu e e sha hang tun "
	  "mo jie shen fan yuan bi lu wen hu lu za fang fen na you namazu todo he xia qu ha"
	  "n pi ling" },
	{ 0x9b80, 1,
	  "tuo bo qiu ping fu bi ji wei ju diao bo you gun pi nian xing tai bao fu zha ju g"
	  "u kajika tong dai= ta jie shu hou xiang er an wei tiao zhu yin lie luo tong yi q"
	  "i bing wei jiao bu gui xian ge hui bora mate kao gori duo jun ti man xiao za sha"
	  " qin yu nei zhe" },
	{ 0x9bc0, 1,
	  "gun geng su wu qiu ting fu wan you li sha sha gao meng ugui asari subashiri kazu"
	  "noko yong ni zi qi qing xiang nei chun ji diao qie gu zhou dong lai fei ni yi ku"
	  "n lu jiu chang jing lun ling zou li meng zong zhi nian shachi dojou sukesou shi "
	  "shen hun shi hou xing zhu la zong ji bian bian" },
	{ 0x9c00, 1,
	  "huan quan ze wei wei yu qun rou die huang lian yan qiu qiu jian bi e yang fu sai"
	  " jian xia tuo hu muroaji ruo haraka wen jian hao wu fang sao liu ma shi shi yin "
	  "z teng ta yao ge rong qian qi wen ruo hatahata lian ao le hui min ji tiao qu jia"
	  "n sao man xi qiu biao ji" },
	{ 0x9c40, 1,
	  "ji zhu jiang qiu zhuan yong zhang kang xue bie jue qu xiang bo jiao xun su huang"
	  " zun shan shan fan jue lin xun miao xi eso kyou fen guan hou kuai zei sao zhan g"
	  "an gui sheng li chang hatahata shiira mutsu ru ji xu huo shiira li lie li mie zh"
	  "en xiang e lu guan li xian yu dao ji you" },
	{ 0x9c80, 1,
	  "tun lu fang ba he bo ping nian lu you zha fu bo bao hou pi tai gui jie kao wei e"
	  "r tong ze hou kuai ji jiao xian za xiang xun geng li lian jian li shi tiao gun s"
	  "ha wan jun ji yong qing ling qi zou fei kun chang gu ni nian diao jing shen shi "
	  "zi fen die bi chang" },
	{ 0x9cc0, 1,
	  "shi wen wei sai e qiu fu huang quan jiang bian sao ao qi ta yin yao fang jian le"
	  " biao xue bie man min yong wei xi jue shan lin zun huo gan li zhan guan niao yi "
	  "fu li jiu bu yan fu diao ji feng nio gan shi feng ming bao yuan zhi hu qin fu fe"
	  "n wen jian shi yu" },
	{ 0x9d00, 1,
	  "fou yiao jue jue pi huan zhen bao yan ya zheng fang feng wen ou te jia nu ling m"
	  "ie fu tuo wen li bian zhi ge yuan zi qu xiao zhi dan ju you gu zhong yu yang ron"
	  "g ya tie yu shigi ying zhui wu er gua ai zhi yan heng jiao ji lie zhu ren yi hon"
	  "g luo ru mou ge" },
	{ 0x9d40, 1,
	  "ren jiao xiu zhou zhi luo chidori toki ten luan jia ji yu huan tuo bu wu juan yu"
	  " bo xun xun bi xi jun ju tu jing ti e e kuang hu wu shen lai ikaruga kakesu lu p"
	  "ing shu fu an zhao peng qin qian bei diao lu que jian ju tu ya yuan qi li ye zhu"
	  "i kong zhui kun sheng" },
	{ 0x9d80, 1,
	  "qi jing yi yi jing zi lai dong qi chun geng ju qu isuka kikuitadaki ji shu ying="
	  " chi miao rou an qiu ti hu ti e jie mao fu chun tu yan he yuan pian yun mei hu y"
	  "ing dun mu ju tsugumi cang fang gu ying yuan xuan weng shi he chu tang xia ruo l"
	  "iu ji gu jian zhun han zi" },
	{ 0x9dc0, 1,
	  "zi ni yao yan ji li tian kou ti ti ni tu ma jiao gao tian chen li zhuan zhe ao y"
	  "ao yi ou chi zhi liao rong lou bi shuang zhuo yu wu jue yin quan si jiao yi hua "
	  "bi ying su huang fan jiao liao yan kao jiu xian xian tu mai zun yu ying lu tuan "
	  "xian xue yi pi" },
	{ 0x9e00, 1,
	  "shu luo qi yi ji zhe yu zhan ye yang pi ning huo mi ying meng di yue yu lei bao "
	  "lu he long shuang yue ying guan qu li luan niao jiu ji yuan ming shi ou ya cang "
	  "bao zhen gu dong lu ya xiao yang ling zhi qu yuan xue tuo si zhi er gua xiu heng"
	  " zhou ge luan hong" },
	{ 0x9e40, 1,
	  "wu bo li juan hu e yu xian ti wu que miao an kun bei peng qian chun geng yuan su"
	  " hu he e gu qiu zi mei mu ni yao weng liu ji ni jian he yi ying zhe liao liao ji"
	  "ao jiu yu lu xuan zhan ying huo meng guan shuang lu jin ling jian xian cuo jian "
	  "jian yan cuo lu" },
	{ 0x9e80, 1,
	  "you cu ji biao cu biao zhu jun zhu jian mi mi wu liu chen jun lin ni qi lu jiu j"
	  "un jing li xiang yan jia mi li she zhang lin jing ji ling yan cu mai mai ge chao"
	  " fu mian mian fu pao qu qu mou fu xian lai qu mian chi= feng fu qu mian ma mo mo"
	  " hui ma" },
	{ 0x9ec0, 1,
	  "zou nen fen huang huang jin guang tian tou heng xi kuang heng shu li nian chi he"
	  "i hei yi qian dan xi tuan mo mo qian dai chu you dian yi xia yan qu mei yan jing"
	  " yu li dang du can yin an yan tan an zhen dai can yi mei dan yan du lu zhi fen f"
	  "u fu min min yuan" },
	{ 0x9f00, 1,
	  "cu qu chao wa zhu zhi mang ao bie tuo bi yuan chao tuo ding mi nai ding zi gu gu"
	  " dong fen tao yuan pi chang gao qi yuan tang teng shu shu fen fei wen ba diao tu"
	  "o tong qu sheng shi you shi ting wu nian jing hun ju yan tu ti xi xian yan lei b"
	  "i yao qiu han wu" },
	{ 0x9f40, 1,
	  "wu hou xi ge zha xiu weng zha nong nang qi zhai ji zi ji ji qi ji chi chen chen "
	  "he ya ken xie pao cuo shi zi chi nian ju tiao ling ling chu quan xie ken nie jiu"
	  " yao chuo kun yu chu yi ni cuo zou qu nen xian ou e wo yi chuo zou dian chu jin "
	  "ya chi" },
	{ 0x9f80, 1,
	  "chen he ken ju ling pao tiao zi ken yu chuo qu wo long pang gong pang yan long l"
	  "ong gong kan ta ling ta long gong kan gui qiu bie gui yue chui he jue xie yu soe"
	  "ng= syu= zeoi= gan= jan= gon= mong= ji= jik= mou= zi= - fu= - - sau= - - - - - l"
	  "yun= - - - -" },
	{ 0x9fc0, 0,
	  "- hung - shan loeng - - zang ce wu zi hei loeng gang ta mai zau - - - ge dan - -"
	  " - - - - - - - - - - - - - - - - - - - ao tian ni - - hon baa lou to dung zi loe"
	  "ng jam to mat mak bou gaa - - -" },
	{ 0xfb00, 0,
	  "ff fi fl ffi ffl st st - - - - - - - - - - - - mn me mi vn mkh - - - - - yi  ay "
	  "- - d h k l m m t - sh s sh s a a - b g d h v z - t y k k l - l -" },
	{ 0xfb40, 0,
	  "n n - p p - ts ts r sh t vo b k p l - - b b b b p p p p bh bh bh bh th th th th "
	  "th th th th t t t t v v v v ph ph ph ph j j j j n n n n ch ch ch ch ch ch" },
	{ 0xff00, 0,
	  "- - - - - - - - - - - - - - - - 0 1 2 3 4 5 6 7 8 9 - - - - - - - a b c d e f g "
	  "h i j k l m n o p q r s t u v w x y z - - - - -" },
	{ 0xff40, 0,
	  "- a b c d e f g h i j k l m n o p q r s t u v w x y z - - - - - - - - - - - wo a"
	  " i u e o ya yu yo tu - a i u e o ka ki ku ke ko sa si su se so" },
	{ 0xff80, 0,
	  "ta ti tu te to na ni nu ne no ha hi hu he ho ma mi mu me mo ya yu yo ra ri ru re"
	  " ro wa n - -  g gg gs n nj nh d dd r lg lm lb ls lt lp rh m b bb bs s ss  j jj c"
	  " k t p h -" },
	{ 0xffc0, 0,
	  "- - a ae ya yae eo e - - yeo ye o wa wae oe - - yo u weo we wi yu - - eu yi i - "
	  "- - -c ps - - - y- w- - - - - - - - o - - - - - - - - - - - - - - -  -" },
	{ 0x1d400, 0,
	  "a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n "
	  "o p q r s t u v w x y z a b c d e f g h i j k l" },
	{ 0x1d440, 0,
	  "m n o p q r s t u v w x y z a b c d e f g - i j k l m n o p q r s t u v w x y z "
	  "a b c d e f g h i j k l m n o p q r s t u v w x" },
	{ 0x1d480, 0,
	  "y z a b c d e f g h i j k l m n o p q r s t u v w x y z a - c d - - g - - j k - "
	  "- n o p q - s t u v w x y z a b c d - f - h i j" },
	{ 0x1d4c0, 0,
	  "k l m n - p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x "
	  "y z a b c d e f g h i j k l m n o p q r s t u v" },
	{ 0x1d500, 0,
	  "w x y z a b - d e f g - - j k l m n o p q - s t u v w x y - a b c d e f g h i j "
	  "k l m n o p q r s t u v w x y z a b - d e f g -" },
	{ 0x1d540, 0,
	  "i j k l m - o - - - s t u v w x y - a b c d e f g h i j k l m n o p q r s t u v "
	  "w x y z a b c d e f g h i j k l m n o p q r s t" },
	{ 0x1d580, 0,
	  "u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h "
	  "i j k l m n o p q r s t u v w x y z a b c d e f" },
	{ 0x1d5c0, 0,
	  "g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t "
	  "u v w x y z a b c d e f g h i j k l m n o p q r" },
	{ 0x1d600, 0,
	  "s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f "
	  "g h i j k l m n o p q r s t u v w x y z a b c d" },
	{ 0x1d640, 0,
	  "e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r "
	  "s t u v w x y z a b c d e f g h i j k l m n o p" },
	{ 0x1d680, 0,
	  "q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z i j - - "
	  "a b g d e z e th i k l m n x o p r th s t y ph ch ps" },
	{ 0x1d6c0, 0,
	  "o d a b g d e z e th i k l m n x o p r s s t y ph ch ps o d e th k ph r p a b g "
	  "d e z e th i k l m n x o p r th s t y ph ch ps o d a b g d" },
	{ 0x1d700, 0,
	  "e z e th i k l m n x o p r s s t y ph ch ps o d e th k ph r p a b g d e z e th i"
	  " k l m n x o p r th s t y ph ch ps o d a b g d e z e th i k" },
	{ 0x1d740, 0,
	  "l m n x o p r s s t y ph ch ps o d e th k ph r p a b g d e z e th i k l m n x o "
	  "p r th s t y ph ch ps o d a b g d e z e th i k l m n x o p" },
	{ 0x1d780, 0,
	  "r s s t y ph ch ps o d e th k ph r p a b g d e z e th i k l m n x o p r th s t y"
	  " ph ch ps o d a b g d e z e th i k l m n x o p r s s t y ph" },
	{ 0x1d7c0, 0,
	  "ch ps o d e th k ph r p w w - - 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 "
	  "4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9" },
	{ 0x1f100, 1,
	  "0 0 1 2 3 4 5 6 7 8 9 0= 0= cc0= sharealike= noncommercial= -a -b -c -d -e -f -g"
	  " -h -i -j -k -l -m -n -o -p -q -r -s -t -u -v -w -x -y -z -s c= r= cd= wz= copyl"
	  "eft a= b= c= d= e= f= g= h= i= j= k= l= m= n= o= p=" },
	{ 0x1f140, 0,
	  "q r s t u v w x y z hv mv sd ss ppv wc a b c d e f g h i j k l m n o p q r s t u"
	  " v w x y z mc md mr creativecommons publicdomain attribution a b c d e f g h i j"
	  " k l m n o p" },
	{ 0x1f180, 0,
	  "q r s t u v w x y z px ic pa sa ab- wc dj cl- cool- free- id- new- ng- ok- sos- "
	  "up- vs- 3d 2ndscr 2k 4k 8k 5-1 7-1 22-2 60p 120p d hc hdr hi-res lossless shv uh"
	  "d vod -m- - - - - - - - - - - - - - - - - - -" },
	{ 0x1f1c0, 0,
	  "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - a b "
	  "c d e f g h i j k l m n o p q r s t u v w x y z" },
	{ 0x1f200, 0,
	  "hoka koko- sa- - - - - - - - - - - - - - shou zi shuang de er duo jie tian jiao "
	  "ying none liao qian hou zai xin chu zhong sheng fan sheng chui yan tou bu yi san"
	  " you zuo zhong you u6307- zou da u7981- u7a7a- pass full u6709- month u7533- u52"
	  "72- open pei - - - -" },
	{ 0x1f240, 0,
	  "-ben- -san- -er- -an- -dian- -da- -dao- -sheng- -bai- - - - - - - - ideograph-ad"
	  "vantage- accept- - - - - - - - - - - - - - - fu lu shou xi shuangxi cai - - - - "
	  "- - - - - - - - - - - - - - - - - - - - - -" },
	{ 0x1f300, 1,
	  "cyclone foggy closed-umbrella night-with-stars sunrise-over-mountains sunrise ci"
	  "ty-sunset city-sunset rainbow bridge-at-night ocean volcano milky-way earth-afri"
	  "ca earth-americas earth-asia globe-with-meridians new-moon waxing-crescent-moon "
	  "first-quarter-moon moon full-moon waning-gibbous-moon last-quarter-moon waning-c"
	  "rescent-moon crescent-moon new-moon-with-face first-quarter-moon-with-face last-"
	  "quarter-moon-with-face full-moon-with-face sun-with-face - stars thermometer - -"
	  " white-sun-small-cloud white-sun-cloud white-sun-rain-cloud cloud-rain cloud-sno"
	  "w cloud-lightning tornado fog wind-blowing-face hotdog taco burrito chestnut see"
	  "dling evergreen-tree deciduous-tree palm-tree cactus hot-pepper tulip cherry-blo"
	  "ssom rose hibiscus sunflower blossom corn ear-of-rice herb" },
	{ 0x1f340, 1,
	  "four-leaf-clover maple-leaf fallen-leaf leaves mushroom tomato eggplant grapes m"
	  "elon watermelon orange lemon banana pineapple apple green-apple pear peach cherr"
	  "ies strawberry hamburger pizza meat-on-bone poultry-leg rice-cracker rice-ball r"
	  "ice curry ramen spaghetti bread fries sweet-potato dango oden sushi fried-shrimp"
	  " fish-cake icecream shaved-ice ice-cream doughnut cookie chocolate-bar candy lol"
	  "lipop custard honey-pot cake bento stew fried-egg fork-and-knife tea sake wine-g"
	  "lass cocktail tropical-drink beer beers baby-bottle fork-knife-plate champagne p"
	  "opcorn" },
	{ 0x1f380, 1,
	  "ribbon gift birthday jack-o-lantern christmas-tree santa fireworks sparkler ball"
	  "oon tada confetti-ball tanabata-tree crossed-flags bamboo dolls flags wind-chime"
	  " rice-scene school-satchel mortar-board - - military-medal reminder-ribbon - mic"
	  "rophone level-slider control-knobs - - film-frames ticket carousel-horse ferris-"
	  "wheel roller-coaster fishing-pole-and-fish microphone movie-camera cinema headph"
	  "ones art tophat circus-tent ticket clapper performing-arts video-game dart slot-"
	  "machine 8ball game-die bowling flower-playing-cards musical-note notes saxophone"
	  " guitar musical-keyboard trumpet violin musical-score running-shirt-with-sash te"
	  "nnis ski" },
	{ 0x1f3c0, 1,
	  "basketball checkered-flag snowboarder runner surfer medal trophy horse-racing fo"
	  "otball rugby-football swimmer weightlifter golfer motorcycle racecar cricket-gam"
	  "e volleyball field-hockey ice-hockey ping-pong mountain-snow camping beach const"
	  "ruction-site houses cityscape house-abandoned classical-building desert island p"
	  "ark stadium house house-with-garden office post-office european-post-office hosp"
	  "ital bank atm hotel love-hotel convenience-store school department-store factory"
	  " lantern japanese-castle european-castle - - flag-white black-flag rosette - lab"
	  "el badminton bow-and-arrow amphora = = = = =" },
	{ 0x1f400, 1,
	  "rat mouse2 ox water-buffalo cow2 tiger2 leopard rabbit2 cat2 dragon crocodile wh"
	  "ale2 snail snake racehorse ram goat sheep monkey rooster chicken dog2 pig2 boar "
	  "elephant octopus shell bug ant bee beetle fish tropical-fish blowfish turtle hat"
	  "ching-chick baby-chick hatched-chick bird penguin koala poodle dromedary-camel c"
	  "amel dolphin mouse cow tiger rabbit cat dragon-face whale horse monkey-face dog "
	  "pig frog hamster wolf bear panda-face pig-nose feet chipmunk" },
	{ 0x1f440, 1,
	  "eyes eye ear nose lips tongue point-up-2 point-down point-left point-right punch"
	  " wave ok-hand -1 -1 clap open-hands crown womans-hat eyeglasses necktie shirt je"
	  "ans dress kimono bikini womans-clothes purse handbag pouch shoe athletic-shoe hi"
	  "gh-heel sandal boot footprints bust-in-silhouette busts-in-silhouette boy girl m"
	  "an woman family couple two-men-holding-hands two-women-holding-hands cop dancers"
	  " bride-with-veil blond-haired-person man-with-gua-pi-mao man-with-turban older-m"
	  "an older-woman baby construction-worker princess japanese-ogre japanese-goblin g"
	  "host angel alien space-invader imp" },
	{ 0x1f480, 1,
	  "skull tipping-hand-person guard dancer lipstick nail-care massage haircut barber"
	  " syringe pill kiss love-letter ring gem couplekiss bouquet couple-with-heart wed"
	  "ding heartbeat broken-heart two-hearts sparkling-heart heartpulse cupid blue-hea"
	  "rt green-heart yellow-heart purple-heart gift-heart revolving-hearts heart-decor"
	  "ation diamond-shape-with-a-dot-inside bulb anger bomb zzz boom sweat-drops dropl"
	  "et dash poop muscle dizzy speech-balloon thought-balloon white-flower 100 moneyb"
	  "ag currency-exchange - credit-card yen - euro pound money-with-wings chart seat "
	  "computer briefcase minidisc floppy-disk cd" },
	{ 0x1f4c0, 1,
	  "dvd file-folder open-file-folder page-with-curl page-facing-up date calendar car"
	  "d-index chart-with-upwards-trend chart-with-downwards-trend bar-chart clipboard "
	  "pushpin round-pushpin paperclip straight-ruler triangular-ruler bookmark-tabs le"
	  "dger notebook notebook-with-decorative-cover closed-book book green-book blue-bo"
	  "ok orange-book books name-badge scroll memo telephone-receiver pager fax satelli"
	  "te loudspeaker mega outbox-tray inbox-tray package email incoming-envelope envel"
	  "ope-with-arrow mailbox-closed mailbox mailbox-with-mail mailbox-with-no-mail pos"
	  "tbox postal-horn newspaper iphone calling vibration-mode mobile-phone-off no-mob"
	  "ile-phones signal-strength camera camera-flash video-camera tv radio vhs project"
	  "or= - prayer-beads" },
	{ 0x1f500, 1,
	  "twisted-rightwards-arrows repeat repeat-one arrows-clockwise arrows-counterclock"
	  "wise low-brightness high-brightness mute speaker sound loud-sound battery electr"
	  "ic-plug mag mag-right lock-with-ink-pen closed-lock-with-key key lock unlock bel"
	  "l no-bell bookmark link radio-button back end on soon top underage keycap-ten ca"
	  "pital-abcd abcd 1234 symbols abc fire flashlight wrench hammer nut-and-bolt hoch"
	  "o gun microscope telescope crystal-ball six-pointed-star beginner trident black-"
	  "square-button white-square-button red-circle blue-circle large-orange-diamond la"
	  "rge-blue-diamond small-orange-diamond small-blue-diamond small-red-triangle smal"
	  "l-red-triangle-down arrow-up-small arrow-down-small - -" },
	{ 0x1f540, 1,
	  "- - - - - m= - - - om-symbol dove kaaba mosque synagogue menorah bowl-of-hygieia"
	  " clock1 clock2 clock3 clock4 clock5 clock6 clock7 clock8 clock9 clock10 clock11 "
	  "clock12 clock130 clock230 clock330 clock430 clock530 clock630 clock730 clock830 "
	  "clock930 clock1030 clock1130 clock1230 right-speaker - - - - - book candle mante"
	  "lpiece-clock black-skull-and-crossbones no-piracy hole man-in-suit detective dar"
	  "k-sunglasses spider spider-web joystick man-dancing telephone - - - -" },
	{ 0x1f580, 0,
	  "- - - - - - pen-envelope- paperclips- black-pushpin- pencil- pen- pen- paintbrus"
	  "h- crayon- writing-hand- ok-hand-sign- hand-splayed- - - v v fu- spock-hand- v -"
	  " - - - - - - v - v - v black-heart- desktop- keyboard-and-mouse- networked-compu"
	  "ters- printer- calculator- - - - - - - two-button-mouse- computer-mouse- trackba"
	  "ll- old-pc- - - - - - - - document- frame-photo- - - -" },
	{ 0x1f5c0, 0,
	  "- - dividers- card-file-box- file-cabinet- - - - - - - - - - - - - wastebasket- "
	  "notepad- calendar- desktop-window- - - - - x aa aa compression- key- newspaper- "
	  "- stocks- dagger- lips- speaking-head- v - - - speech-left- - - - - - - anger-ri"
	  "ght- - - - ballot-box- x x x x v v map- mount-fuji- tokyo-tower- statue-of-liber"
	  "ty- japan- moyai-" },
	{ 0x1f600, 1,
	  "grinning grin joy smiley smile sweat-smile laughing innocent smiling-imp wink bl"
	  "ush yum relieved heart-eyes sunglasses smirk neutral-face expressionless unamuse"
	  "d sweat pensive confused confounded kissing kissing-heart kissing-smiling-eyes k"
	  "issing-closed-eyes stuck-out-tongue stuck-out-tongue-winking-eye stuck-out-tongu"
	  "e-closed-eyes disappointed worried angry rage cry persevere triumph disappointed"
	  "-relieved frowning anguished fearful weary sleepy tired-face grimacing sob open-"
	  "mouth hushed cold-sweat scream astonished flushed sleeping dizzy-face no-mouth m"
	  "ask smile-cat joy-cat smiley-cat heart-eyes-cat smirk-cat kissing-cat pouting-ca"
	  "t crying-cat-face" },
	{ 0x1f640, 0,
	  "scream-cat- slightly-frowning-face- slight-smile- upside-down- roll-eyes- no-goo"
	  "d- ok-woman- bow- see-no-evil- hear-no-evil- speak-no-evil- raising-hand- raised"
	  "-hands- frowning-person- pouting-face- pray- - - - - - - - - - - - - - - - - - -"
	  " - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -" },
	{ 0x1f680, 1,
	  "rocket helicopter steam-locomotive railway-car bullettrain-side bullettrain-fron"
	  "t train2 metro light-rail station tram train bus oncoming-bus trolleybus busstop"
	  " minibus ambulance fire-engine police-car oncoming-police-car taxi oncoming-taxi"
	  " car oncoming-automobile blue-car truck articulated-lorry tractor monorail mount"
	  "ain-railway suspension-railway mountain-cableway aerial-tramway ship rowboat spe"
	  "edboat traffic-light vertical-traffic-light construction rotating-light triangul"
	  "ar-flag-on-post door no-entry-sign smoking no-smoking put-litter-in-its-place do"
	  "-not-litter potable-water non-potable-water bike no-bicycles bicyclist mountain-"
	  "bicyclist walking no-pedestrians children-crossing mens womens restroom baby-sym"
	  "bol toilet wc shower" },
	{ 0x1f6c0, 1,
	  "bath bathtub passport-control customs baggage-claim left-luggage - x= i= m= girl"
	  "s couch sleeping-bed shopping-bags bellhop bed place-of-worship stop-sign shoppi"
	  "ng-cart - pagoda hindu-temple hut elevator - - - - wireless playground-slide whe"
	  "el ring-buoy tools shield oil motorway railway-track motorboat military-airplane"
	  " - airplane airplane airplane flight-departure flight-arrival - - - satellite - "
	  "- cruise-ship scooter motor-scooter canoe sled flying-saucer skateboard auto-ric"
	  "kshaw pickup-truck roller-skate - - -" },
	{ 0x1f700, 0,
	  "qe a f e w af ar ar sv sv - - - - - - - - - - s n n v - - - - - - - - - - - - - "
	  "- - - - - - - - - - - - - - - - - - - - - - as4s4 as4s4 - - -" },
	{ 0x1f740, 0,
	  "- - - - - - - - - - - - - - - - - - - - - - - e - - - aaa sss -sss - - - - - - -"
	  " t t t t t a mb vb r h n dn m drss ozss - - - - - - - - - - - -" },
	{ 0x1f780, 0,
	  "- - - v - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
	  "x x x x x x x - - - - - - - - - - - - - - - - -" },
	{ 0x1f7c0, 0,
	  "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - orange-circle- y"
	  "ellow-circle- green-circle- purple-circle- brown-circle- red-square- blue-square"
	  "- orange-square- yellow-square- green-square- purple-square- brown-square- - - -"
	  " - - - - - - - - - - - - - - - - -" },
	{ 0x1f800, 0,
	  "- - - v - - - v - - - v - - - - - - - v - - - v - - - v - - - v - - - v - - - v "
	  "- - - v - - - v - - - v - - - v - - - v - - - v" },
	{ 0x1f840, 0,
	  "- - - v - - - v - - - - - - - - - - - v - - - - - - - - - - - - - - - v - - - - "
	  "- - - v - - - - - - - v - - - - - - - v - - - -" },
	{ 0x1f880, 0,
	  "- - - v - - - - - - - - - - - - - - - v - - - v - - - v - - - - - - - - - - - - "
	  "- - - - - - - - - - - - - - - - - - - - - - - -" },
	{ 0x1f900, 1,
	  "- - - - - - - - - - - - pinched-fingers white-heart brown-heart pinching-hand zi"
	  "pper-mouth money-mouth-face face-with-thermometer nerd thinking face-with-head-b"
	  "andage robot hugs metal call-me-hand raised-back-of-hand fist-left fist-right ha"
	  "ndshake crossed-fingers love-you-gesture cowboy-hat-face clown-face nauseated-fa"
	  "ce rofl drooling-face lying-face facepalm sneezing-face raised-eyebrow star-stru"
	  "ck zany-face shushing-face cursing-face hand-over-mouth vomiting-face exploding-"
	  "head pregnant-woman breast-feeding palms-up-together selfie prince man-in-tuxedo"
	  " mrs-claus shrug cartwheeling juggling fencer - wrestling water-polo handball di"
	  "ving-mask" },
	{ 0x1f940, 1,
	  "wilted-flower drum clinking-glasses tumbler-glass spoon goal-net - 1st-place-med"
	  "al 2nd-place-medal 3rd-place-medal boxing-glove martial-arts-uniform curling-sto"
	  "ne lacrosse softball flying-disc croissant avocado cucumber bacon potato carrot "
	  "baguette-bread green-salad shallow-pan-of-food stuffed-flatbread egg milk-glass "
	  "peanuts kiwifruit pancakes dumpling fortune-cookie takeout-box chopsticks bowl-w"
	  "ith-spoon cup-with-straw coconut broccoli pie pretzel cut-of-meat sandwich canne"
	  "d-food leafy-green mango moon-cake bagel smiling-face-with-three-hearts yawning-"
	  "face smiling-face-with-tear partying-face woozy-face hot-face cold-face ninja di"
	  "sguised-face face-holding-back-tears pleading-face sari lab-coat goggles hiking-"
	  "boot flat-shoe" },
	{ 0x1f980, 1,
	  "crab lion scorpion turkey unicorn eagle duck bat shark owl fox-face butterfly de"
	  "er gorilla lizard rhinoceros shrimp squid giraffe zebra hedgehog sauropod t-rex "
	  "cricket kangaroo llama peacock hippopotamus parrot raccoon lobster mosquito micr"
	  "obe badger swan mammoth dodo sloth otter orangutan skunk flamingo oyster beaver "
	  "bison seal guide-dog probing-cane red-hair - - white-hair bone leg foot tooth su"
	  "perhero supervillain safety-vest ear-with-hearing-aid motorized-wheelchair manua"
	  "l-wheelchair mechanical-arm mechanical-leg" },
	{ 0x1f9c0, 1,
	  "cheese cupcake salt beverage-box garlic onion falafel waffle butter mate ice-cub"
	  "e bubble-tea troll standing-person kneeling-person deaf-person monocle-face adul"
	  "t child older-adult bearded-person woman-with-headscarf sauna-person climbing lo"
	  "tus-position mage fairy vampire merperson elf genie zombie brain orange-heart bi"
	  "lled-cap scarf gloves coat socks red-envelope firecracker jigsaw test-tube petri"
	  "-dish dna compass abacus fire-extinguisher toolbox bricks magnet luggage lotion-"
	  "bottle thread yarn safety-pin teddy-bear broom basket roll-of-paper soap sponge "
	  "receipt nazar-amulet" },
	{ 0x1fa00, 0,
	  "k q r b n p n n n k q r b n p k q r b n p k q r b n p n n n k q r b n p k q r b "
	  "n p k q r b n p n n n k q r b n p k q r b n p k" },
	{ 0x1fa40, 0,
	  "q r b n p n n n e e e e e e nq nr nb nq nr nb - - - - - - - - - - - - g a e h r "
	  "c s g a e h r c s - - ballet-shoes- one-piece-swimsuit- swim-brief- shorts- thon"
	  "g-sandal- light-blue-heart- grey-heart- pink-heart- drop-of-blood- adhesive-band"
	  "age- stethoscope- x-ray- crutch- - - -" },
	{ 0x1fa80, 1,
	  "yo-yo kite parachute boomerang magic-wand pinata nesting-dolls maracas flute har"
	  "p - - - - - shovel ringed-planet chair razor axe diya-lamp banjo military-helmet"
	  " accordion long-drum coin carpentry-saw screwdriver ladder hook mirror window pl"
	  "unger sewing-needle knot bucket mouse-trap toothbrush headstone placard rock mir"
	  "ror-ball identification-card low-battery hamsa folding-hand-fan hair-pick khanda"
	  " fly worm beetle cockroach potted-plant wood feather lotus coral empty-nest nest"
	  "-with-eggs hyacinth jellyfish wing leafless-tree goose" },
	{ 0x1fac0, 1,
	  "anatomical-heart lungs people-hugging pregnant-man pregnant-person person-with-c"
	  "rown fingerprint - - - - - - - moose donkey blueberries bell-pepper olive flatbr"
	  "ead tamale fondue teapot pouring-liquid beans jar ginger-root pea-pod root-veget"
	  "able - - splatter melting-face saluting-face face-with-open-eyes-and-hand-over-m"
	  "outh face-with-peeking-eye face-with-diagonal-mouth dotted-line-face biting-lip "
	  "bubbles shaking-face face-with-bags-under-eyes - - - - - - hand-with-index-finge"
	  "r-and-thumb-crossed rightwards-hand leftwards-hand palm-down-hand palm-up-hand i"
	  "ndex-pointing-at-the-viewer heart-hands leftwards-pushing-hand rightwards-pushin"
	  "g-hand - - - - - - -" },
};
const size_t slug_n_chunks = 520;
