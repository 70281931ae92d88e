 01 2.5 'tag |user age:30 male |book:2 b7 pages:100
-1 |a x y