-- The statements are long and run once: compiling them would cost more than it saves, and their sorts want memory.
SET LOCAL jit = off;
SET LOCAL work_mem = '64MB';

-- Chance without chance: every draw is a hash of the seed, of what is drawn and of a number, so that the same seed always
-- makes the same city, whatever the plan, the batch or the clock. The seed is written into the function as a constant:
-- only then does the planner compute the inner hash once a statement instead of once a row.
DO $$
BEGIN
  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION pg_temp.draw(n bigint, what text) RETURNS float8 LANGUAGE sql IMMUTABLE
    RETURN (hashint8extended(n, hashtextextended(what, hashtextextended(%L, 0))) & 281474976710655)::float8 / 281474976710656
  $f$, current_setting('demonstration.seed'));
END $$;

CREATE OR REPLACE FUNCTION pg_temp.draw_int(below float8, n bigint, what text) RETURNS int LANGUAGE sql IMMUTABLE
RETURN floor(below * pg_temp.draw(n, what))::int;

CREATE OR REPLACE FUNCTION pg_temp.pick(list text[], n bigint, what text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN list[1 + pg_temp.draw_int(cardinality(list), n, what)];

-- The three characters of the n-th organisation under a superior: 001 to 999, then A00 onward.
CREATE OR REPLACE FUNCTION pg_temp.code_step(n bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE WHEN n <= 999 THEN lpad(n::text, 3, '0')
            ELSE chr(65 + (n - 1000)::int / 100) || lpad(((n - 1000) % 100)::text, 2, '0') END;

-- Invented place names: all pairs of two different characters, shuffled; neighbours in the row never repeat each other.
CREATE TEMP TABLE place ON COMMIT DROP AS
WITH sign AS (SELECT c, i FROM string_to_table('青石柳溪竹松桃荷梅枫稻杏金玉清秀峰谷渡泉潭湾坪岗洲塘桥亭洪临望朝迎锦瑞', NULL) WITH ORDINALITY AS s(c, i))
SELECT row_number() OVER (ORDER BY pg_temp.draw(a.i * 100 + b.i, 'place'), a.i, b.i) - 1 AS position, a.c || b.c AS name
  FROM sign a JOIN sign b ON a.i <> b.i;
ANALYZE place;

-- Lines of work: what a committee of the line, its second-level committees and its branches are called, the nature of
-- its units, the first two characters of their credit codes, and the jobs of its members (repeated as often as they weigh).
CREATE TEMP TABLE trade (code, bodies, part, section, nature, registered_as, jobs) ON COMMIT DROP AS VALUES
  ('town',     '{镇,镇,镇,乡,街道}'::text[],          '片区',   '村',     '6',  '11', '{111,111,111,111,113,113,512,514,521,0111}'::text[]),
  ('organ',    '{局,局,局,中心}'::text[],             '分局',   '科',     '13', '11', '{0111,0111,0111,0111,0111,0111,0112,0112,0121,0161}'::text[]),
  ('school',   '{中学,中学,小学,职业学校}'::text[],   '校区',   '教研组', '22', '12', '{0131,0131,0131,0131,0131,0131,0131,0131,0121,0162}'::text[]),
  ('hospital', '{医院,医院,卫生院}'::text[],          '分院',   '科室',   '24', '12', '{0131,0131,0131,0131,0131,0131,0131,0121,0121,0162}'::text[]),
  ('state',    '{集团,集团,公司}'::text[],            '分公司', '车间',   '31', '91', '{0141,0141,0141,0151,0151,0163,0163,0163,0163,0164}'::text[]),
  ('private',  '{科技公司,商贸公司,实业公司}'::text[], '分公司', '门店',   '33', '91', '{0211,0211,0211,0211,0221,0221,0221,0251,0251,0253}'::text[]);
